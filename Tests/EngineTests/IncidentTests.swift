import EngineAPI
import Logging
import Testing

@testable import ContainerNetworking
@testable import Engine

@Suite("What others did to the network, told")
struct IncidentTests {
    private func incident(_ outcome: NetworkIncident.Outcome, repairs: Int = 1) -> NetworkIncident {
        NetworkIncident(
            changes: ["rules of ip filter were changed"], culprits: [Culprit(pid: 4711, program: "iptables")],
            networks: [],
            repairs: (0..<repairs).map { "step \($0)" }, outcome: outcome)
    }

    @Test func `what was changed, by whom, and what became of it`() {
        let done = IncidentWords(incident(.restored(microseconds: 12_340)))
        #expect(done.actions == ["meddled", "repaired"] && done.level == .warning)
        #expect(
            done.fields == [
                "changes": "rules of ip filter were changed", "by": "iptables (process 4711)", "repairs": "step 0",
                "repair": "done", "milliseconds": "12.3",
            ])
        let left = IncidentWords(incident(.left))
        #expect(left.actions == ["meddled"] && left.fields["repair"] == "off")
        let failed = IncidentWords(incident(.failed("no room")))
        #expect(failed.actions == ["meddled"] && failed.fields["error"] == "no room" && failed.level == .error)
        let held = IncidentWords(incident(.heldBack(seconds: 4)))
        #expect(held.actions == ["meddled"] && held.fields["seconds"] == "4")
        #expect(
            IncidentWords(incident(.left, repairs: 11)).fields["repairs"]
                == "step 0; step 1; step 2; step 3; step 4; step 5; step 6; step 7; and 3 more")
    }

    @Test func `busy containers do not drive incidents out of what is kept`() {
        let bus = EventBus()
        func publish(_ type: String, _ action: String, _ second: Int64) {
            bus.publish(
                EventMessage(type: type, action: action, id: "", attributes: [:], at: Timestamp(nanoseconds: second)))
        }
        publish("network", "meddled", 1)
        for second in 2..<500 { publish("container", "start", Int64(second)) }
        publish("network", "repaired", 500)
        let (past, _) = bus.listen(since: .zero)
        #expect(past.first?.action == "meddled" && past.last?.action == "repaired")
        #expect(past.count == EventBus.kept + 2)
    }
}
