import Synchronization

extension ImageStore {
    /// Bytes in the layers of all images, each counted once, and by image's id those in layers that other images have,
    /// too (`GET /system/df`).
    public func layerUsage() -> (total: Int64, shared: [String: Int64]) {
        let catalogue = state.withLock { $0.catalogue }
        var uses: [String: Int] = [:]
        for entry in catalogue.images.values {
            for chainID in Set(entry.chain) { uses[chainID, default: 0] += 1 }
        }
        let total = uses.keys.reduce(Int64(0)) { $0 + (catalogue.layers[$1]?.size ?? 0) }
        let shared = catalogue.images.mapValues { entry in
            entry.chain.filter { uses[$0, default: 0] > 1 }.reduce(Int64(0)) {
                $0 + (catalogue.layers[$1]?.size ?? 0)
            }
        }
        return (total, shared)
    }
}
