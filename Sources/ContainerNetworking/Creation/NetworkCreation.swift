import AddressAllocation
import Firewall
import IPAddressing

/// Checks a request for a network, and decides what it leaves open: pure. The order of the checks, the words and the
/// kinds of refusal are Docker's (moby's daemon/network.go and libnetwork/controller.go).
struct NetworkCreation {
    let configuration: NetworkConfiguration
    /// All networks, those on their way too.
    let existing: [NetworkRecord]
    let situation: HostSituation
    /// Told what the user may want to know.
    var notice: (String) -> Void = { _ in }

    /// Names that every engine has, and `default`, which clients send for no network in particular.
    static let predefined: Set<String> = ["bridge", "host", "none", "default"]

    /// Makes the record.
    ///
    /// - Parameter id: 64 hex digits.
    func make(_ request: NetworkRequest, id: String) throws(NetworkError) -> NetworkRecord {
        if Self.predefined.contains(request.name) {
            throw NetworkError(.forbidden, "operation is not permitted on predefined \(request.name) network ")
        }
        var request = request
        if request.driver.isEmpty { request.driver = "bridge" }
        if request.driver == "overlay" {
            throw NetworkError(
                .forbidden,
                "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this "
                    + "node to swarm and try again.")
        }
        try applyDefaults(&request)
        try checkPools(request)
        try checkName(request.name)
        try checkConfiguration(request)
        var record = NetworkRecord(id: id, name: request.name, driver: request.driver, created: request.created)
        record.isInternal = request.isInternal
        record.isAttachable = request.isAttachable
        record.isConfigOnly = request.isConfigOnly
        record.configFrom = request.configFrom
        if request.isConfigOnly {
            record.driver = "null"
            keepConfiguration(request, in: &record)
            return record
        }
        try checkDriver(request)
        let source = try takeConfiguration(&request)
        try checkAddressDriver(request)
        keepConfiguration(request, in: &record)
        record.options = request.options
        record.labels = source?.labels ?? request.labels
        switch record.driver {
        case "bridge": try fillBridge(&record, request)
        case "macvlan", "ipvlan": try fillVlan(&record, request)
        default:
            throw NetworkError(.forbidden, "only one instance of \"\(record.driver)\" network is allowed")
        }
        return record
    }

    // MARK: Steps

    /// Options that the daemon gives to networks that name none, and the two families, which options may name too.
    private func applyDefaults(_ request: inout NetworkRequest) throws(NetworkError) {
        if request.configFrom.isEmpty, let defaults = configuration.defaultNetworkOptions[request.driver] {
            request.options.merge(defaults) { own, _ in own }
        }
        func family(_ wish: inout Bool?, _ key: String, standard: Bool) throws(NetworkError) {
            if wish != nil {
                request.options[key] = nil
            } else if let value = request.options[key] {
                guard let flag = BridgeOptions.boolean(value) else {
                    throw NetworkError(.invalid, "driver-opt \"\(key)\" is not a valid bool")
                }
                wish = flag
            } else {
                wish = standard
            }
        }
        var (ipv4, ipv6) = (request.enableIPv4, request.enableIPv6)
        try family(&ipv4, BridgeOptions.Key.enableIPv4, standard: true)
        try family(&ipv6, BridgeOptions.Key.enableIPv6, standard: false)
        (request.enableIPv4, request.enableIPv6) = (ipv4, ipv6)
    }

    private func checkName(_ name: String) throws(NetworkError) {
        if name.allSatisfy(\.isWhitespace) { throw NetworkError(.invalid, "invalid name: name is empty") }
        // Names go into rules' comments, hosts files and DNS answers. No client sends these.
        if name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            throw NetworkError(.invalid, "invalid name: a network's name holds no control characters")
        }
        if existing.contains(where: { $0.name == name }) {
            throw NetworkError(.conflict, "network with name \(name) already exists")
        }
    }

    private func checkConfiguration(_ request: NetworkRequest) throws(NetworkError) {
        if request.isConfigOnly,
            request.isIngress || request.isInternal || request.isAttachable || !request.scope.isEmpty
        {
            throw NetworkError(
                .forbidden,
                "configuration network can only contain network specific fields. Network operator fields like "
                    + "[ ingress | internal | attachable | scope ] are not supported.")
        }
        if request.configFrom.isEmpty { return }
        if request.isConfigOnly {
            throw NetworkError(
                .forbidden, "a configuration network cannot depend on another configuration network")
        }
        if !request.ipamDriver.isEmpty && request.ipamDriver != "default" || request.enableIPv4 == false
            || request.enableIPv6 == true || !request.labels.isEmpty || request.ipamOptions?.isEmpty == false
            || !request.pools.isEmpty
        {
            throw NetworkError(
                .forbidden,
                "user specified configurations are not supported if the network depends on a configuration network")
        }
        if !request.options.isEmpty {
            throw NetworkError(
                .forbidden,
                "network driver options are not supported if the network depends on a configuration network")
        }
    }

    private func checkDriver(_ request: NetworkRequest) throws(NetworkError) {
        guard ["bridge", "macvlan", "ipvlan", "host", "null"].contains(request.driver) else {
            throw NetworkError(.notFound, "plugin \"\(request.driver)\" not found")
        }
        if request.isIngress {
            throw NetworkError(.forbidden, "Ingress network can only be global scope network")
        }
        switch request.scope {
        case "", "local": break
        case "swarm":
            throw NetworkError(.forbidden, "cannot create a swarm scoped network when swarm is not active")
        default:
            throw NetworkError(.invalid, "invalid scope \"\(request.scope)\": networks of this engine are local")
        }
    }

    /// Takes the other network's configuration into the request.
    private func takeConfiguration(_ request: inout NetworkRequest) throws(NetworkError) -> NetworkRecord? {
        if request.configFrom.isEmpty { return nil }
        guard let source = existing.first(where: { $0.isConfigOnly && $0.name == request.configFrom }) else {
            throw NetworkError(.notFound, "configuration network \"\(request.configFrom)\" does not exist")
        }
        request.enableIPv4 = source.enableIPv4
        request.enableIPv6 = source.enableIPv6
        request.ipamDriver = source.ipamDriver
        request.ipamOptions = source.ipamOptions
        request.options = source.options
        request.pools = source.pools.map { pool in
            var wish = NetworkRequest.PoolWish()
            wish.subnet = pool.subnet
            wish.range = pool.range ?? ""
            wish.gateway = pool.gateway ?? ""
            wish.auxiliary = pool.auxiliary
            return wish
        }
        return source
    }

    private func checkAddressDriver(_ request: NetworkRequest) throws(NetworkError) {
        guard ["", "default"].contains(request.ipamDriver) else {
            throw NetworkError(.notFound, "plugin \"\(request.ipamDriver)\" not found")
        }
    }

    /// What a configuration network keeps for others, and every network of what it was made from.
    private func keepConfiguration(_ request: NetworkRequest, in record: inout NetworkRecord) {
        record.enableIPv4 = request.enableIPv4 ?? true
        record.enableIPv6 = request.enableIPv6 ?? false
        record.ipamDriver = request.ipamDriver.isEmpty ? "default" : request.ipamDriver
        record.ipamOptions = request.ipamOptions
        record.options = request.options
        record.labels = request.labels
        record.pools = request.pools.map {
            PoolRecord(
                subnet: $0.subnet, range: $0.range.isEmpty ? nil : $0.range,
                gateway: $0.gateway.isEmpty ? nil : $0.gateway, auxiliary: $0.auxiliary)
        }
    }
}
