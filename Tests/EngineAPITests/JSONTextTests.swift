import EngineAPI
import Testing

@Suite struct JSONWritingTests {
    private func text(_ value: some Encodable, pretty: Bool = false) throws -> String {
        String(decoding: try JSONText.encode(value, pretty: pretty), as: UTF8.self)
    }

    @Test func stringsAreEscapedAsGoDoes() throws {
        #expect(try text("a\"b\\c/d\n\t\r\u{8}\u{c}\u{1}<&>é\u{2028}–") == #""a\"b\\c/d\n\t\r\b\f\u0001<&>é\u2028–""#)
    }

    @Test func dictionariesAreSorted() throws {
        #expect(try text(["b": 1, "a": 2, "c": 3]) == #"{"a":2,"b":1,"c":3}"#)
        #expect(try text([["z": ["y": [Int]()]]]) == #"[{"z":{"y":[]}}]"#)
    }

    @Test func scalarsStandAlone() throws {
        #expect(try text(5) == "5")
        #expect(try text(UInt64.max) == "18446744073709551615")
        #expect(try text(1.5) == "1.5")
        #expect(try text([Double(3), -0.25]) == "[3,-0.25]")
        #expect(try text(Optional<Int>.none) == "null")
        #expect(throws: EncodingError.self) { try JSONText.encode(Double.nan) }
    }

    @Test func nullOmittedAndEmptyDiffer() throws {
        var config = ContainerConfig(image: "busybox")
        var written = try text(config)
        #expect(written.contains(#""Env":null,"Cmd":null,"Image":"busybox""#))
        #expect(!written.contains("Healthcheck") && !written.contains("StopSignal"))
        config.env = []
        config.stopSignal = "SIGINT"
        written = try text(config)
        #expect(written.contains(#""Env":[]"#) && written.contains(#""StopSignal":"SIGINT""#))
    }

    @Test func unpublishedPortsAreNull() throws {
        let ports: PortMap = ["80/tcp": nil, "81/tcp": [PortBinding(hostIp: "", hostPort: "1")]]
        #expect(
            try text(NetworkSettings(ports: ports)).contains(
                #""Ports":{"80/tcp":null,"81/tcp":[{"HostIp":"","HostPort":"1"}]}"#))
    }

    @Test func prettyIsDockersIndentation() throws {
        #expect(
            try text(["a": JSONValue.array([.int(1), .object([])]), "b": .object([])], pretty: true) == """
                {
                    "a": [
                        1,
                        {}
                    ],
                    "b": {}
                }
                """)
    }

    @Test func createRequestIsFlat() throws {
        let request = ContainerCreateRequest(config: ContainerConfig(image: "busybox"))
        let written = try text(request)
        #expect(written.hasPrefix(#"{"Hostname":"""#))
        #expect(written.contains(#","HostConfig":{"Binds":null,"#))
        #expect(written.hasSuffix(#","NetworkingConfig":{"EndpointsConfig":{}}}"#))
        #expect(try JSONText.decode(ContainerCreateRequest.self, from: Array(written.utf8)) == request)
    }

    @Test func valuesPassThroughInOrder() throws {
        let given = #"{"z":1,"a":[true,null,"x",1.5],"m":{"q":-7}}"#
        #expect(try text(try JSONText.decode(JSONValue.self, from: Array(given.utf8))) == given)
    }
}

@Suite struct JSONReadingTests {
    private func request(_ text: String) throws(APIError) -> ContainerCreateRequest {
        try JSONText.decode(ContainerCreateRequest.self, from: Array(text.utf8))
    }

    private func refusal(_ text: String) -> String {
        do {
            return "accepted: \(try request(text))"
        } catch {
            #expect(error.status == 400)
            return error.message
        }
    }

    @Test func missingAndNullFieldsTakeZeroValues() throws {
        let request = try request(
            #"{"Image":"busybox","Env":null,"Labels":null,"Tty":null,"User":null,"HostConfig":{"Dns":null,"Memory":null,"LogConfig":null,"RestartPolicy":{},"PortBindings":null},"NetworkingConfig":null}"#
        )
        #expect(request.config.image == "busybox")
        #expect(request.config.env == nil && !request.config.tty && request.config.user.isEmpty)
        #expect(request.hostConfig == HostConfig())
    }

    @Test func commandsMayBeOneString() throws {
        let request = try request(#"{"Cmd":"sh","Entrypoint":["a","b"]}"#)
        #expect(request.config.cmd == ["sh"] && request.config.entrypoint == ["a", "b"])
    }

    @Test func namesMatchWithoutCaseAsInGo() throws {
        let request = try request(#"{"image":"busybox","hostConfig":{"memory":5}}"#)
        #expect(request.config.image == "busybox" && request.hostConfig.memory == 5)
    }

    @Test func theLastOfEqualNamesCounts() throws {
        #expect(try request(#"{"Image":"a","Image":"b"}"#).config.image == "b")
    }

    @Test(arguments: [
        (#"{bad"#, "invalid JSON: invalid character 'b' looking for beginning of object key string"),
        (#"{"Image":5}"#, "invalid JSON: json: cannot unmarshal number into Go struct field .Image of type string"),
        (#"{"Tty":"yes"}"#, "invalid JSON: json: cannot unmarshal string into Go struct field .Tty of type bool"),
        (
            #"{"HostConfig":{"Memory":"1g"}}"#,
            "invalid JSON: json: cannot unmarshal string into Go struct field .HostConfig.Memory of type int64"
        ),
        (
            #"{"HostConfig":{"Memory":1.5}}"#,
            "invalid JSON: json: cannot unmarshal number 1.5 into Go struct field .HostConfig.Memory of type int64"
        ),
        (#"{"Env":"A=1"}"#, "invalid JSON: json: cannot unmarshal string into Go struct field .Env of type []string"),
        (#"{"Env":[1]}"#, "invalid JSON: json: cannot unmarshal number into Go struct field .Env of type string"),
        (
            #"{"Labels":[]}"#,
            "invalid JSON: json: cannot unmarshal array into Go struct field .Labels of type map[string]string"
        ),
        (
            #"{"HostConfig":[]}"#,
            "invalid JSON: json: cannot unmarshal array into Go struct field .HostConfig of type HostConfig"
        ),
        ("", "invalid JSON: got EOF while reading request body"),
        ("{", "invalid JSON: unexpected EOF"),
        ("{} x", "unexpected content after JSON"),
        (#"{"a":tru}"#, "invalid JSON: invalid character '}' in literal true (expecting 'e')"),
        ("[01]", "invalid JSON: invalid character '1' after array element"),
        (#"{"a":1 "b"}"#, "invalid JSON: invalid character '\"' after object key:value pair"),
        ("{\"a\":\"\u{1}\"}", "invalid JSON: invalid character '\\x01' in string literal"),
        ("7", "invalid JSON: json: cannot unmarshal number into Go value of type ContainerCreateRequest"),
    ])
    func refusalsAreInGosWords(_ text: String, _ words: String) {
        #expect(refusal(text) == words)
    }

    @Test func numbersKeepTheirPrecision() throws {
        let request = try request(
            #"{"HostConfig":{"Memory":9223372036854775807,"IOMaximumIOps":18446744073709549568}}"#)
        #expect(request.hostConfig.memory == .max)
        #expect(request.hostConfig.ioMaximumIOps == 18_446_744_073_709_549_568)
        #expect(refusal(#"{"HostConfig":{"Memory":9223372036854775808}}"#).contains("cannot unmarshal number 9.22"))
    }

    @Test func escapesAndSurrogates() throws {
        let value = try JSONText.decode([String].self, from: Array(#"["\u00e9\ud83d\ude00\ud800x\n\/"]"#.utf8))
        #expect(value == ["é😀\u{FFFD}x\n/"])
    }

    @Test func depthIsLimited() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: APIError.badRequest("invalid JSON: exceeded max depth")) {
            try JSONText.decode(JSONValue.self, from: Array(deep.utf8))
        }
    }

    @Test func manyMembersAreReadQuickly() throws {
        var text = "{\"Labels\":{"
        for number in 0..<50_000 { text += "\"k\(number)\":\"v\"," }
        text += "\"last\":\"v\"}}"
        let clock = ContinuousClock()
        let started = clock.now
        #expect(try request(text).config.labels?.count == 50_001)
        #expect(clock.now - started < .seconds(10))
    }
}
