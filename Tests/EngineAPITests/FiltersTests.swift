import EngineAPI
import Testing

@Suite struct FiltersTests {
    @Test(arguments: [
        #"{"label":["a=b","c"],"name":["x"]}"#, #"{"label":{"a=b":true,"c":true},"name":{"x":true,"y":false}}"#,
    ])
    func bothForms(_ query: String) throws {
        let filters = try Filters(query: query)
        #expect(filters.keys == ["label", "name"])
        #expect(filters.values("label") == ["a=b", "c"])
        #expect(filters.values("name") == ["x"])
        #expect(filters.matchesLabels(["a": "b", "c": "d"]))
        #expect(!filters.matchesLabels(["a": "x", "c": "d"]))
        #expect(!filters.matchesLabels(["a": "b"]))
        #expect(filters.matches("name", "x") && !filters.matches("name", "z") && filters.matches("other", "z"))
        #expect(filters.matchesAny("name", of: ["q", "x"]))
    }

    @Test func nothingIsNoFilter() throws {
        #expect(try Filters(query: nil).isEmpty)
        #expect(try Filters(query: "").isEmpty)
        #expect(try Filters(query: "null").isEmpty)
    }

    @Test(arguments: ["{bad", "[]", #"{"a":"b"}"#, #"{"a":[1]}"#, #"{"a":{"b":"c"}}"#])
    func nonsenseIsRefused(_ query: String) {
        #expect(throws: APIError.badRequest("invalid filter")) { try Filters(query: query) }
    }

    @Test func unknownNamesAreRefused() throws {
        let filters = try Filters(query: #"{"nosuch":["a"]}"#)
        #expect(throws: APIError.badRequest("invalid filter 'nosuch'")) { try filters.validate(allowed: ["label"]) }
    }

    @Test func flags() throws {
        #expect(try Filters(query: #"{"dangling":{"true":true}}"#).flag("dangling", default: false))
        #expect(try !Filters(query: #"{"dangling":["0"]}"#).flag("dangling", default: true))
        #expect(try Filters().flag("dangling", default: true))
        #expect(throws: APIError.badRequest("invalid filter 'dangling=[maybe]'")) {
            try Filters(query: #"{"dangling":["maybe"]}"#).flag("dangling", default: true)
        }
    }

    @Test(arguments: ["1", "true", "True", "yes", "t", "2"])
    func switchesThatAreOn(_ text: String) { #expect(QueryFlag.value(text)) }

    @Test(arguments: [nil, "", "0", "false", "False", "no", "none", " 0 "])
    func switchesThatAreOff(_ text: String?) { #expect(!QueryFlag.value(text)) }
}
