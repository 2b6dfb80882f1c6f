import Testing

@testable import ImageStore

@Suite("names of images")
struct ImageReferenceTests {
    @Test(
        "familiar and full form",
        arguments: [
            ("busybox", "busybox:latest", "docker.io/library/busybox:latest"),
            ("busybox:1.36", "busybox:1.36", "docker.io/library/busybox:1.36"),
            ("docker.io/library/busybox", "busybox:latest", "docker.io/library/busybox:latest"),
            ("index.docker.io/library/busybox", "busybox:latest", "docker.io/library/busybox:latest"),
            ("a/b", "a/b:latest", "docker.io/a/b:latest"),
            ("localhost/x", "localhost/x:latest", "localhost/x:latest"),
            ("localhost:5000/x:y", "localhost:5000/x:y", "localhost:5000/x:y"),
            ("reg.example/a/b/c:v1", "reg.example/a/b/c:v1", "reg.example/a/b/c:v1"),
            ("[2001:db8::1]:5000/a", "[2001:db8::1]:5000/a:latest", "[2001:db8::1]:5000/a:latest"),
            ("a__b--c.d_e", "a__b--c.d_e:latest", "docker.io/library/a__b--c.d_e:latest"),
            ("UPPER/foo", "UPPER/foo:latest", "UPPER/foo:latest"),
        ])
    func forms(text: String, familiar: String, full: String) throws {
        let reference = try ImageReference(parsing: text)
        #expect(reference.familiarName == familiar)
        #expect(reference.withDefaultTag.full == full)
        #expect(try ImageReference(parsing: full).key == reference.key)
    }

    @Test("digests")
    func digest() throws {
        let digits = String(repeating: "0a", count: 32)
        let reference = try ImageReference(parsing: "busybox:1@sha256:\(digits)")
        #expect(reference.tag == "1")
        #expect(reference.digest == "sha256:\(digits)")
        #expect(reference.key == "docker.io/library/busybox@sha256:\(digits)")
    }

    @Test(
        "Docker's words for what is wrong",
        arguments: [
            ("UPPER", "invalid reference format: repository name (library/UPPER) must be lowercase"),
            ("a/UPPER:x", "invalid reference format: repository name (a/UPPER) must be lowercase"),
            ("bad//ref", "invalid reference format"), ("", "invalid reference format"),
            (":tag", "invalid reference format"), ("a:", "invalid reference format"),
            ("a___b", "invalid reference format"), ("-a", "invalid reference format"),
            ("a-", "invalid reference format"), ("a:-x", "invalid reference format"),
            ("a b", "invalid reference format"), ("../x", "invalid reference format"),
            ("a@sha256:12", "invalid reference format"),
            ("a@md5:" + String(repeating: "0", count: 32), "unsupported digest algorithm"),
            ("a@sha256:" + String(repeating: "0", count: 40), "invalid checksum digest length"),
            (
                String(repeating: "a", count: 64),
                "invalid repository name (\(String(repeating: "a", count: 64))), cannot specify 64-byte hexadecimal strings"
            ),
            (String(repeating: "x", count: 300), "repository name must not be more than 255 characters"),
        ])
    func refusals(text: String, words: String) {
        #expect { try ImageReference(parsing: text) } throws: { ($0 as? ImageError)?.message == words }
    }

    @Test("what messages call an image")
    func displayName() {
        #expect(ImageReference.displayName("nosuch") == "nosuch:latest")
        #expect(ImageReference.displayName("sha256:" + String(repeating: "1", count: 64)).hasPrefix("sha256:"))
        #expect(ImageReference.displayName("bad//ref") == "bad//ref")
    }
}
