import EngineAPI
import Testing

@testable import EngineHTTP

@Suite struct NetworkRouteTests {
    @Test func `networks are made, removed, connected and pruned`() async throws {
        let engine = FakeEngine()
        try await withServer(engine) { (path, _) async throws in
            let asked =
                #"{"Name":"net1","Driver":"bridge","EnableIPv4":false,"IPAM":{"Config":[{"Subnet":"10.1.0.0/24"}]}}"#
            let made = try await ask(path, "POST /networks/create", body: asked)
            #expect(made.status == 201 && made.body == "{\"Id\":\"n1\",\"Warning\":\"\"}\n")
            #expect(try await ask(path, "POST /v1.46/networks/create", body: asked).status == 201)
            #expect(
                try await ask(
                    path, "POST /networks/net1/connect",
                    body: #"{"Container":"red","EndpointConfig":{"MacAddress":"02:00:00:00:00:01"}}"#
                ).status == 200)
            #expect(
                try await ask(
                    path, "POST /v1.43/networks/net1/connect",
                    body: #"{"Container":"red","EndpointConfig":{"MacAddress":"02:00:00:00:00:01"}}"#
                ).status == 200)
            #expect(
                try await ask(path, "POST /networks/net1/disconnect", body: #"{"Container":"red","Force":true}"#).status
                    == 200)
            #expect(try await ask(path, "DELETE /networks/net1").status == 204)
            #expect(try await ask(path, "POST /networks/prune").body == "{\"NetworksDeleted\":null}\n")
            #expect(
                try await ask(path, "POST /networks/prune?filters=%7B%22label%22%3A%5B%22a%22%5D%7D").body
                    == "{\"NetworksDeleted\":[\"net1\"]}\n")
        }
        #expect(
            engine.calls == [
                "networkCreate net1 bridge ipv4=false 10.1.0.0/24", "networkCreate net1 bridge ipv4=- 10.1.0.0/24",
                "networkConnect net1 red mac=02:00:00:00:00:01", "networkConnect net1 red mac=",
                "networkDisconnect net1 red force=true", "networkRemove net1", "networkPrune []",
                "networkPrune [\"a\"]",
            ])
    }

    @Test func `a network is repaired, or the repair only planned`() async throws {
        let engine = FakeEngine()
        try await withServer(engine) { (path, _) async throws in
            let planned = try await ask(path, "POST /causeway/networks/bridge/repair?dryRun=1")
            #expect(planned.status == 200)
            #expect(
                planned.body == #"{"Network":"bridge","DryRun":true,"Commands":["ip link set docker0 up"]}"# + "\n")
            #expect(try await ask(path, "POST /causeway/networks/bridge/repair").status == 200)
            #expect(try await ask(path, "POST /causeway/networks/bridge/repair?dryRun=maybe").status == 400)
        }
        #expect(engine.calls == ["networkRepair bridge dry=true", "networkRepair bridge dry=false"])
    }

    @Test func `refusals have Docker's words`() async throws {
        try await withServer { (path, _) async throws in
            let refused = try await ask(path, "DELETE /networks/bridge")
            #expect(refused.status == 403)
            #expect(refused.body == "{\"message\":\"bridge is a pre-defined network and cannot be removed\"}\n")
            #expect(try await ask(path, "GET /networks/bridge?scope=swarm").status == 404)
            #expect(try await ask(path, "GET /networks/bridge?verbose=maybe").status == 400)
        }
    }

    @Test func `older clients make containers on one network and see their ids among the aliases`() throws {
        var request = ContainerCreateRequest()
        request.networkingConfig.endpointsConfig = ["b": EndpointSettings(macAddress: "02:00:00:00:00:01")]
        try request.restrictNetworks()
        #expect(request.networkingConfig.endpointsConfig["b"]?.macAddress == "")
        request.networkingConfig.endpointsConfig["a"] = EndpointSettings()
        #expect(throws: APIError.badRequest("Container cannot be connected to network endpoints: a, b")) {
            try request.restrictNetworks()
        }
        var inspect = ContainerInspect()
        inspect.id = "ef026d18edc0ff39"
        inspect.config.hostname = "web"
        inspect.networkSettings.networks = ["net1": EndpointSettings(aliases: ["al"]), "bridge": EndpointSettings()]
        let old = Route.inspected(inspect, for: APIVersion(1, 44)).networkSettings.networks
        #expect(old["net1"]?.aliases == ["al", "ef026d18edc0", "web"] && old["bridge"]?.aliases == nil)
        #expect(Route.inspected(inspect, for: APIVersion(1, 45)) == inspect)
    }
}
