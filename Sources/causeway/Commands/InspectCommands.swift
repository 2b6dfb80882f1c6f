import EngineAPI
import EngineClient

/// `inspect` in all its forms.
enum InspectCommands {
    static let all = [any, container, image, network, volume]

    /// A kind of object: its name, and where it is asked for.
    private struct Kind: Sendable {
        var name: String
        var path: @Sendable (String) -> String
        var knowsSizes = false
    }

    private static let containers = Kind(
        name: "container", path: { EngineClient.container($0, "/json") }, knowsSizes: true)
    private static let images = Kind(name: "image", path: { EngineClient.image($0, "/json") })
    private static let networks = Kind(name: "network", path: { "/networks/\(EngineRequest.escape($0))" })
    private static let volumes = Kind(name: "volume", path: { EngineClient.volume($0) })

    private static let sizeFlag = Flag("size", "s", .bool, "Display total file sizes")

    private static let any = Command(
        ["inspect"], usage: "[OPTIONS] NAME|ID [NAME|ID...]", "Return low-level information on Docker objects",
        flags: [
            .objectFormat(), Flag("size", "s", .bool, "Display total file sizes if the type is container"),
            Flag("type", nil, .string, "Only inspect objects of the given type"),
        ], operands: .atLeast(1)
    ) { call throws(ClientError) in
        let kinds = [containers, images, networks, volumes]
        guard call.arguments.isSet("type") else { return try inspect(call, kinds) }
        let type = call.arguments.text("type")
        let known = kinds.map { "\"\($0.name)\"" }.joined(separator: ", ")
        if type.isEmpty { throw .local("type is empty: must be one of \(known)") }
        guard let kind = kinds.first(where: { $0.name == type }) else {
            throw .local("unknown type: \"\(type)\": must be one of \(known)")
        }
        return try inspect(call, [kind])
    }

    private static func single(_ kind: Kind, _ noun: String, flags: [Flag]) -> Command {
        Command(
            ["\(kind.name) inspect"], usage: "[OPTIONS] \(noun) [\(noun)...]",
            "Display detailed information on one or more \(kind.name)s", flags: [.objectFormat()] + flags,
            operands: .atLeast(1)
        ) { call throws(ClientError) in try inspect(call, [kind]) }
    }

    private static let container = single(containers, "CONTAINER", flags: [sizeFlag])
    private static let image = single(images, "IMAGE", flags: [])
    private static let network = single(
        networks, "NETWORK", flags: [Flag("verbose", "v", .bool, "Verbose output for diagnostics")])

    private static let volume = single(volumes, "VOLUME", flags: [])

    private static func inspect(_ call: Invocation, _ kinds: [Kind]) throws(ClientError) -> Int32 {
        let format = call.arguments.text("format")
        var objects: [[UInt8]] = []
        var failures: [String] = []
        if !format.isEmpty, format != "json" {
            // A template that cannot be read is refused before anything is asked.
            do {
                _ = try Template(format)
            } catch {
                throw .local("template parsing error: \(error)", exitStatus: 64)
            }
        }
        var printed = ""
        for name in call.arguments.operands {
            do throws(ClientError) {
                let bytes = try find(call, name, kinds)
                if format.isEmpty || format == "json" {
                    objects.append(bytes)
                } else {
                    printed += try render(format, try JSONValue(parsing: bytes)) + "\n"
                }
            } catch {
                failures.append(error.message)
            }
        }
        if format.isEmpty || format == "json" {
            let list = [UInt8(ascii: "[")] + objects.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
            if format == "json" {
                Console.line(try JSONValue(parsing: list).compact)
            } else {
                Console.write(JSONIndenter.indent(list) + [10], to: 1)
            }
        } else {
            Console.print(printed.isEmpty ? "\n" : printed)
        }
        if failures.isEmpty { return 0 }
        throw .local(failures.joined(separator: "\n"))
    }

    /// Asks for one kind after another until one is there.
    private static func find(_ call: Invocation, _ name: String, _ kinds: [Kind]) throws(ClientError) -> [UInt8] {
        let wantsSize = call.arguments.flag("size")
        for kind in kinds {
            do throws(ClientError) {
                var query = wantsSize && kind.knowsSizes ? [("size", "1")] : []
                if call.arguments.flag("verbose") { query.append(("verbose", "true")) }
                let bytes = try call.client.bytes(EngineRequest("GET", kind.path(name), query: query))
                if wantsSize, !kind.knowsSizes { Console.complain("WARNING: --size ignored for \(kind.name)s") }
                return bytes
            } catch {
                let isSkipped =
                    error.isNotFound || error.message.contains("not supported")
                    || error.message.contains("invalid reference format")
                if kinds.count == 1 || !isSkipped { throw error }
            }
        }
        throw .local("Error: No such object: \(name)")
    }
}
