/// JSON as the Docker Engine API writes and reads it.
public enum JSONText {
    /// Writes a value: keys in the order of their declaration, dictionaries sorted by key, `/` and `<` as they are.
    ///
    /// - Parameter pretty: whether to break lines and indent by four spaces, as `docker inspect` does.
    public static func encode(_ value: some Encodable, pretty: Bool = false) throws -> [UInt8] {
        let writer = JSONWriter(pretty: pretty)
        try writer.write(value)
        return writer.output.bytes
    }

    /// Reads one value that fills the whole text.
    ///
    /// - Throws: status 400 and Docker's words: `invalid JSON: …`.
    public static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8]
    ) throws(APIError) -> Value {
        var parser = JSONParser(bytes)
        return try decode(type, from: try parser.parseDocument())
    }

    /// Reads a type from a value that is parsed already.
    ///
    /// - Throws: status 400 and Docker's words.
    public static func decode<Value: Decodable>(_ type: Value.Type, from value: JSONValue) throws(APIError) -> Value {
        do {
            return try JSONValueDecoder(value, expected: type).decode(type)
        } catch let error as DecodingError {
            throw .badRequest("invalid JSON: \(words(error))")
        } catch {
            throw .badRequest("invalid JSON: \(error)")
        }
    }

    private static func words(_ error: DecodingError) -> String {
        switch error {
        case .typeMismatch(_, let context), .dataCorrupted(let context), .valueNotFound(_, let context):
            context.debugDescription
        case .keyNotFound(let key, _): "the field \(key.stringValue) is missing"
        @unknown default: "\(error)"
        }
    }
}
