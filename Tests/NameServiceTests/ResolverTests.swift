import Dispatch
import IPAddressing
import Synchronization
import SystemCalls
import Testing

@testable import NameService

@Suite(.enabled(if: canMakeNamespaces)) struct ResolverTests {
    @Test func `known names are answered over UDP and TCP, and change at once`() throws {
        let lab = try ResolverLab(resolvConf: "")
        let ports = try lab.open()
        lab.publish("e1", ["web"], ["172.18.0.2"])
        #expect(try lab.container.ask(ports.udp, query("web"))?.addresses == ["172.18.0.2"])
        #expect(try lab.container.askStream(ports.tcp, query("Web.Front."))?.addresses == ["172.18.0.2"])
        lab.publish("e1", ["web"], ["172.18.0.3"])
        #expect(try lab.container.ask(ports.udp, query("web"))?.addresses == ["172.18.0.3"])
        lab.service.withdraw(endpointID: "e1")
        #expect(try lab.container.ask(ports.udp, query("web"))?.code == 2)
    }

    @Test func `many questions of one client at once are each answered, in order`() throws {
        let lab = try ResolverLab(resolvConf: "")
        let ports = try lab.open()
        lab.publish("e1", ["web"], ["172.18.0.2"])
        lab.publish("e2", ["database"], ["172.18.0.3"])
        let socket = try lab.container.connect(.datagram, ports.udp)
        // Runs of answers of the same length, which the kernel gets as one message, and few that are not.
        let names = [(70, "web"), (30, "database"), (2, "web"), (1, "database"), (3, "web")].flatMap { count, name in
            [String](repeating: name, count: count)
        }
        let other = try lab.container.connect(.datagram, ports.udp)
        for (number, name) in names.enumerated() {
            try socket.writeAll(query(name, id: UInt16(number)))
            if number % 20 == 0 { try other.writeAll(query("web", id: UInt16(number))) }
        }
        for (number, name) in names.enumerated() {
            let reply = try PlainReply(socket.read())
            #expect(Int(reply.id) == number)
            #expect(reply.addresses == [name == "web" ? "172.18.0.2" : "172.18.0.3"])
        }
        for number in stride(from: 0, to: names.count, by: 20) {
            #expect(try Int(PlainReply(other.read()).id) == number)
        }
    }

    @Test func `answers that are due together keep their lengths and their peers, in runs or alone`() throws {
        let lab = try LabNamespace()
        let socket = try lab.namespace.run { () throws(SystemCallError) in
            let socket = try InternetSocket.make(.datagram)
            try InternetSocket.bind(socket.rawValue, Sandbox.address, port: 5300)
            return socket.release()
        }
        let server = FileDescriptor(owning: socket)
        let red = try lab.connect(.datagram, 5300)
        let blue = try lab.connect(.datagram, 5300)
        // The answer to a number is so many bytes of it. All wait before the first is answered: 70 alike, more than a
        // message takes, then runs of three and of four, and two clients in turn.
        let runs: [(client: CInt, lengths: [UInt8])] = [
            (red.rawValue, [UInt8](repeating: 40, count: 70)), (red.rawValue, [7, 7, 7, 9, 9, 9, 9]),
            (blue.rawValue, [9, 9]), (red.rawValue, [9]), (blue.rawValue, [9, 1]),
        ]
        for (client, lengths) in runs {
            for length in lengths { _ = InternetSocket.send(client, [length].span) }
        }
        let batch = try DatagramBatch(capacity: 100, size: 64)
        let count = batch.exchange(server.rawValue) { message, _, _ in
            let length = message[0]
            for index in 0..<Int(length) { message[index] = length }
            return Int(length)
        }
        #expect(count == 82)
        for length in runs.filter({ $0.client == red.rawValue }).flatMap(\.lengths) {
            #expect(try red.read() == [UInt8](repeating: length, count: Int(length)))
        }
        for length in runs.filter({ $0.client == blue.rawValue }).flatMap(\.lengths) {
            #expect(try blue.read() == [UInt8](repeating: length, count: Int(length)))
        }
    }

    @Test func `networks join and leave while the resolver runs`() throws {
        let lab = try ResolverLab(resolvConf: "")
        lab.publish("e1", ["web"], ["172.18.0.2"])
        lab.publish("e2", ["db"], ["172.19.0.2"], network: "n2")
        let ports = try lab.open()
        #expect(try lab.container.ask(ports.udp, query("db"))?.code == 2)
        lab.service.update(lab.sandbox(networks: ["n1", "n2"]))
        #expect(try lab.container.ask(ports.udp, query("db"))?.addresses == ["172.19.0.2"])
        lab.service.update(lab.sandbox(networks: ["n2"]))
        #expect(try lab.container.ask(ports.udp, query("web"))?.code == 2)
    }

    @Test func `a closed resolver's ports are free again`() throws {
        let lab = try ResolverLab(resolvConf: "")
        let first = try lab.open()
        lab.publish("e1", ["web"], ["172.18.0.2"])
        #expect(try lab.container.ask(first.udp, query("web")) != nil)
        let second = try lab.open()
        #expect(try lab.container.ask(second.udp, query("web")) != nil)
        lab.service.close(key: "/run/sandbox")
        lab.service.close(key: "/run/sandbox")
        lab.service.shutDown()
        #expect(throws: (any Error).self) { try lab.open() }
    }

    @Test func `the host's server is asked from the host, under another id, and its answer handed on`() throws {
        let lab = try ResolverLab(resolvConf: "nameserver 127.0.0.53\n")
        let server = try ScriptedServer("127.0.0.53", in: lab.host.namespace) { [answerA($0, 9)] }
        let ports = try lab.open()
        #expect(lab.service.externalServers(for: "/run/sandbox") == ["host(127.0.0.53)"])
        let ids = try (0..<4).map { _ in
            let reply = try #require(try lab.container.ask(ports.udp, query("WWW.example", id: 77, udpSize: 1232)))
            #expect(reply.id == 77 && reply.addresses == ["198.51.100.9"])
            let question = try #require(server.asked.last)
            // OPT and the spelling go with it.
            #expect(Array(question.dropFirst(2)) == Array(try query("WWW.example", udpSize: 1232).dropFirst(2)))
            return Array(question.prefix(2))
        }
        #expect(Set(ids).count > 1)
    }

    @Test func `servers of the container's own are asked from its namespace`() throws {
        let lab = try ResolverLab(resolvConf: "nameserver 127.0.0.53\n")
        let host = try ScriptedServer("127.0.0.53", in: lab.host.namespace) { [answerA($0, 1)] }
        let own = try ScriptedServer("198.51.100.53", in: lab.container.namespace) { [answerA($0, 2)] }
        let ports = try lab.open(servers: ["198.51.100.53"], mayForward: false)
        #expect(lab.service.externalServers(for: "/run/sandbox") == ["198.51.100.53"])
        #expect(try lab.container.ask(ports.udp, query("www.example"))?.addresses == ["198.51.100.2"])
        #expect(own.asked.count == 1 && host.asked.isEmpty)
    }

    @Test func `nothing of a container with internal networks only leaves by the host`() throws {
        let lab = try ResolverLab(resolvConf: "nameserver 127.0.0.53\n")
        let server = try ScriptedServer("127.0.0.53", in: lab.host.namespace) { [answerA($0, 1)] }
        let ports = try lab.open(mayForward: false)
        #expect(try lab.container.ask(ports.udp, query("www.example"))?.code == 2)
        #expect(try lab.container.askStream(ports.tcp, query("www.example"))?.code == 2)
        #expect(server.asked.isEmpty)
        lab.service.update(lab.sandbox(mayForward: true))
        #expect(try lab.container.ask(ports.udp, query("www.example"))?.addresses == ["198.51.100.1"])
    }

    @Test func `silence, failure and refusal lead to the next server, in order`() throws {
        let lab = try ResolverLab(
            resolvConf: "nameserver 203.0.113.1\nnameserver 203.0.113.2\nnameserver 203.0.113.3\n")
        let silent = try ScriptedServer("203.0.113.1", in: lab.host.namespace) { _ in [] }
        let failing = try ScriptedServer("203.0.113.2", in: lab.host.namespace) { [answerCode($0, 2)] }
        let good = try ScriptedServer("203.0.113.3", in: lab.host.namespace) { [answerA($0, 3)] }
        let ports = try lab.open()
        #expect(try lab.container.ask(ports.udp, query("www.example"))?.addresses == ["198.51.100.3"])
        #expect(silent.asked.count == 1 && failing.asked.count == 1 && good.asked.count == 1)
    }

    @Test func `nobody listening, and none that can help, is a failure`() throws {
        let lab = try ResolverLab(
            resolvConf: "nameserver 203.0.113.1\nnameserver 203.0.113.2\n", patience: .seconds(30))
        let refusing = try ScriptedServer("203.0.113.2", in: lab.host.namespace) { [answerCode($0, 5)] }
        let ports = try lab.open()
        // The first one's host says that no one is there: no time-out is waited for.
        #expect(try lab.container.ask(ports.udp, query("www.example"))?.code == 2)
        #expect(try lab.container.askStream(ports.tcp, query("www.example"))?.code == 2)
        #expect(refusing.asked.count == 2)
    }

    @Test func `garbage and forgeries are passed over`() throws {
        let lab = try ResolverLab(resolvConf: "nameserver 203.0.113.1\n", patience: .seconds(30))
        let server = try ScriptedServer("203.0.113.1", in: lab.host.namespace) { question in
            var forged = answerA(question, 66)
            forged[0] ^= 1
            var other = answerA(question, 67)
            other[13] ^= 2
            return [[], [1, 2, 3], forged, other, question, answerA(question, 4)]
        }
        let ports = try lab.open()
        #expect(try lab.container.ask(ports.udp, query("www.example"))?.addresses == ["198.51.100.4"])
        #expect(server.asked.count == 1)
    }

    @Test func `no such name and cut-off answers are handed on; TCP is asked by TCP`() throws {
        let lab = try ResolverLab(resolvConf: "nameserver 203.0.113.1\n")
        let big = { @Sendable (question: [UInt8]) in
            var answer = answerA(question, 1)
            for _ in 0..<99 { answer += answer.suffix(16) }
            answer[7] = 100
            return answer
        }
        let calls = Mutex(0)
        let server = try ScriptedServer("203.0.113.1", in: lab.host.namespace) { question in
            switch calls.withLock({ calls in
                calls += 1
                return calls
            }) {
            case 1: [answerCode(question, 3)]
            case 2: [answerCode(question, 0, isTruncated: true)]
            default: [big(question)]
            }
        }
        let ports = try lab.open()
        #expect(try lab.container.ask(ports.udp, query("single"))?.code == 3)
        #expect(try lab.container.ask(ports.udp, query("www.example"))?.isTruncated == true)
        #expect(try lab.container.askStream(ports.tcp, query("www.example"))?.answers.count == 100)
        #expect(server.asked.count == 3)
    }

    @Test func `who asks what is asked already waits for the same answer`() throws {
        let lab = try ResolverLab(resolvConf: "nameserver 203.0.113.1\n", patience: .seconds(30))
        lab.publish("e1", ["red"], ["198.51.100.7"])
        let gate = DispatchSemaphore(value: 0)
        let server = try ScriptedServer("203.0.113.1", in: lab.host.namespace) { question in
            gate.wait()
            return [answerA(question, 1)]
        }
        let ports = try lab.open()
        let socket = try lab.container.connect(.datagram, ports.udp)
        try socket.writeAll(query("www.example", id: 1))
        try socket.writeAll(query("www.example", id: 2))
        try socket.writeAll(query("other.example", id: 3))
        // Its answer comes when those before it were looked at.
        try socket.writeAll(query("red", id: 4))
        #expect(try PlainReply(socket.read()).id == 4)
        for _ in 0..<2 { gate.signal() }
        let replies = try (0..<3).map { _ in try PlainReply(socket.read()) }
        #expect(replies.map(\.id).sorted() == [1, 2, 3])
        #expect(replies.allSatisfy { $0.addresses == ["198.51.100.1"] })
        #expect(server.asked.count == 2)
    }

    @Test func `too many questions at a time are refused at once`() throws {
        let lab = try ResolverLab(resolvConf: "nameserver 203.0.113.1\n", patience: .seconds(30), forwardLimit: 0)
        let server = try ScriptedServer("203.0.113.1", in: lab.host.namespace) { [answerA($0, 1)] }
        let ports = try lab.open()
        #expect(try lab.container.ask(ports.udp, query("www.example"))?.code == 2)
        #expect(server.asked.isEmpty)
    }

    @Test func `the host's servers are followed when its file is replaced or written`() async throws {
        let lab = try ResolverLab(resolvConf: "nameserver 203.0.113.1\n")
        let first = try ScriptedServer("203.0.113.1", in: lab.host.namespace) { [answerA($0, 1)] }
        let second = try ScriptedServer("203.0.113.2", in: lab.host.namespace) { [answerA($0, 2)] }
        let ports = try lab.open()
        #expect(try lab.container.ask(ports.udp, query("www.example"))?.addresses == ["198.51.100.1"])
        let path = lab.folder + "/resolv.conf"
        try FileSystem.replace(path, Array("nameserver 203.0.113.2\n".utf8))
        try await until { lab.service.externalServers(for: "/run/sandbox") == ["host(203.0.113.2)"] }
        #expect(try lab.container.ask(ports.udp, query("www.example"))?.addresses == ["198.51.100.2"])
        try FileSystem.writeInPlace(path, "nameserver 203.0.113.1\n")
        try await until { lab.service.externalServers(for: "/run/sandbox") == ["host(203.0.113.1)"] }
        #expect(first.asked.count == 1 && second.asked.count == 1)
    }

    /// Waits for something that another thread does within milliseconds.
    private func until(_ condition: () -> Bool) async throws {
        for _ in 0..<1000 {
            if condition() { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        Issue.record("it did not come to pass in five seconds")
    }
}
