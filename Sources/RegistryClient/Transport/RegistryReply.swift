import EngineAPI

/// What a registry's refusals mean (OCI distribution specification, "Error Codes").
enum RegistryReply {
    private struct Body: Decodable {
        var errors: [Item]?
        var details: String?

        struct Item: Decodable {
            var code: String?
            var message: String?

            private enum CodingKeys: String, CodingKey {
                case code
                case message
            }
        }

        private enum CodingKeys: String, CodingKey {
            case errors
            case details
        }
    }

    /// The error of a reply.
    ///
    /// - Parameters:
    ///   - bytes: its body, where it has one.
    ///   - action: what was tried: `GET "https://…"`.
    static func failure(_ status: Int, _ bytes: [UInt8], _ action: String) -> RegistryError {
        let body = try? JSONText.decode(Body.self, from: bytes)
        let item = body?.errors?.first
        let code = item?.code.flatMap { $0.isEmpty ? nil : $0 }
        let words: String
        if let code {
            let name = code.lowercased().split(separator: "_").joined(separator: " ")
            words = clean("\(name): \(item?.message ?? name)")
        } else if let details = body?.details {
            words = clean(details)
        } else {
            words = "unexpected status from the registry: \(status)"
        }
        switch (code, status) {
        case ("MANIFEST_UNKNOWN", _), ("NAME_UNKNOWN", _), ("BLOB_UNKNOWN", _):
            return RegistryError(.notFound, words, code: code)
        case ("DENIED", _), (_, 403): return RegistryError(.denied, words, code: code)
        case ("UNAUTHORIZED", _), (_, 401):
            return RegistryError(
                .unauthorized, code == nil ? "\(action): unauthorized: authentication required" : words, code: code)
        case (_, 404): return RegistryError(.notFound, "\(action): \(words)", code: code)
        case ("TOOMANYREQUESTS", _), (_, 429):
            return RegistryError(.failing, "toomanyrequests: \(item?.message ?? words)", code: "TOOMANYREQUESTS")
        case (_, 500...): return RegistryError(.failing, "\(action): \(words)", code: code)
        default: return RegistryError(.damaged, "\(action): \(words)", code: code)
        }
    }

    /// A registry's words, fit for a terminal: no control characters, and not without end.
    private static func clean(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(512).filter { $0.value >= 32 && $0.value != 127 }))
    }
}
