import EngineAPI
import Glibc
import SystemCalls

/// A layer that is unpacked in a scratch folder and not yet part of the store.
struct StagedLayer {
    /// The scratch folder, laid out as in `StoreLayout`.
    let folder: String
    let layer: Layer

    /// Unpacks and checks a layer's archive (plain or compressed).
    ///
    /// - Parameters:
    ///   - diffID: what the digest must be; nil takes any, and then the archive must have its end mark.
    /// - Throws: `.invalid` where the archive is damaged, hostile or not what it is said to be. Nothing stays behind.
    static func make(
        from source: FileByteStream, parent: String?, diffID: String?, layout: StoreLayout, limits: ArchiveLimits
    ) throws(ImageError) -> StagedLayer {
        let folder = layout.scratch("layer")
        do throws(ImageError) {
            try during("store layer") { () throws(SystemCallError) in
                try FileSystem.makeDirectory(folder, mode: 0o700)
                try FileSystem.makeDirectory(folder + "/diff")
            }
            let copy = try CompressedFile(path: folder + "/" + StoreLayout.archiveName)
            let stream = try LayerStream(source, copy: copy, limits: limits)
            let root = try during("store layer") { () throws(SystemCallError) in try Folder(path: folder + "/diff") }
            let extractor = LayerExtractor(into: root, limits: limits)
            try extractor.extract(TarReader(stream))
            let found = try stream.finish()
            if let diffID, diffID != found {
                throw .archive("invalid diffID for layer: expected \"\(diffID)\", got \"\(found)\"")
            }
            if diffID == nil, stream.trailingZeros < 512 {
                throw .archive("the archive ends in the middle: unexpected EOF")
            }
            try copy.finish()
            let layer = Layer(
                chainID: ContentDigest.chainID(found, on: parent), diffID: found, parent: parent,
                size: extractor.size, archiveSize: stream.count)
            let record = try encode(layer)
            try during("store layer") { () throws(SystemCallError) in
                try FileSystem.replace(folder + "/" + StoreLayout.recordName, record)
            }
            return StagedLayer(folder: folder, layer: layer)
        } catch {
            try? FileTree.remove(folder)
            throw error
        }
    }
}

/// JSON of one of the store's own values.
func encode(_ value: some Encodable) throws(ImageError) -> [UInt8] {
    do {
        return try JSONText.encode(value)
    } catch {
        throw ImageError(.io, "encode JSON: \(error)")
    }
}

/// A JSON document that came with an archive, or of the store itself.
func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8], of what: String) throws(ImageError) -> Value {
    do throws(APIError) {
        return try JSONText.decode(type, from: bytes)
    } catch {
        throw ImageError(.invalid, "\(what): \(error.message)")
    }
}
