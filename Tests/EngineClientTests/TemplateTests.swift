import EngineAPI
import Testing

@testable import EngineClient

private let object = #"""
    {"Id":"abc","Name":"/red","State":{"Status":"running","Pid":42,"Health":null},
     "Config":{"Labels":{"b":"2","a":"1"},"Cmd":["sh","-c"],"Tty":false},
     "Ports":{"80/tcp":[{"HostPort":"8080"}],"90/tcp":null}}
    """#

private func render(_ template: String) throws -> String {
    try Template(template).render(try JSONValue(parsing: Array(object.utf8)))
}

@Suite("Templates")
struct TemplateTests {
    @Test(
        "what Docker's users write",
        arguments: [
            ("{{.Name}} {{.State.Pid}}", "/red 42"),
            ("{{.ID}}", "abc"),
            ("{{json .Config.Cmd}}", #"["sh","-c"]"#),
            ("{{.Config.Labels}} {{.Config.Cmd}}", "map[a:1 b:2] [sh -c]"),
            ("{{index .Config.Labels \"a\"}}", "1"),
            ("{{(index (index .Ports \"80/tcp\") 0).HostPort}}", "8080"),
            ("{{range $k, $v := .Config.Labels}}{{$k}}={{$v}};{{end}}", "a=1;b=2;"),
            ("{{range .Config.Cmd}}<{{.}}>{{end}}", "<sh><-c>"),
            ("{{range $i, $x := .Config.Cmd}}{{if $i}},{{end}}{{$x}}{{end}}", "sh,-c"),
            ("{{range .None}}x{{else}}empty{{end}}", "empty"),
            ("{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}", "none"),
            ("{{if eq .State.Status \"paused\" \"running\"}}yes{{else if .Name}}no{{end}}", "yes"),
            ("{{with .State}}{{.Status}}{{end}}", "running"),
            ("{{$x := .Name}}{{$x}}{{$.Id}}", "/redabc"),
            ("{{join .Config.Cmd \" \"}} {{upper .State.Status}} {{.Name | len}}", "sh -c RUNNING 4"),
            ("{{printf \"%s:%05d|%-6s|%q\" .Id .State.Pid \"x\" .Name}}", "abc:00042|x     |\"/red\""),
            ("a {{- /* nothing */ -}} b", "ab"),
            ("{{\"}}\"}}{{`raw`}}", "}}raw"),
            ("{{and .Name .Id}} {{or .State.Health .Id}} {{not .Config.Tty}}", "abc abc true"),
            ("{{slice .Id 1}} {{truncate .Id 2}} {{len (split \"a,b\" \",\")}}", "bc ab 2"),
            ("{{lt 1 2}} {{ge 1 2}} {{ne .Id \"abc\"}}", "true false false"),
        ])
    func valid(template: String, expected: String) throws {
        #expect(try render(template) == expected)
    }

    @Test(
        "what cannot be read or filled in",
        arguments: [
            ("{{.Foo", "template: :1: unclosed action"),
            ("{{foo}}", "template: :1: function \"foo\" not defined"),
            ("{{if .Name}}", "template: :1: unexpected EOF"),
            ("{{end}}", "template: :1: unexpected {{end}}"),
            ("{{$nope}}", "template: :1: undefined variable \"$nope\""),
            ("{{.Foo}}", "template: :1: executing \"\" at <.Foo>: map has no entry for key \"Foo\""),
            ("{{.Foo.Bar}}", "template: :1: executing \"\" at <.Foo>: map has no entry for key \"Foo\""),
        ])
    func invalid(template: String, message: String) {
        let error = #expect(throws: TemplateError.self) { try render(template) }
        #expect(error?.description == message)
    }
}
