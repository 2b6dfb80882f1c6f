/// Records of earlier versions lack fields: what is missing has the value that it had in effect then.
extension NetworkRecord {
    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    /// Reads a record as the state keeps it.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        func text(_ name: String) throws -> String { try fields.decode(String.self, forKey: Key(name)) }
        func maybe<Value: Decodable>(_ name: String) throws -> Value? {
            try fields.decodeIfPresent(Value.self, forKey: Key(name))
        }
        self.init(id: try text("id"), name: try text("name"), driver: try text("driver"), created: try text("created"))
        enableIPv4 = try maybe("enableIPv4") ?? true
        enableIPv6 = try maybe("enableIPv6") ?? false
        ipamDriver = try maybe("ipamDriver") ?? "default"
        ipamOptions = try maybe("ipamOptions")
        bridgeAddress = try maybe("bridgeAddress")
        bridgeIPv6Address = try maybe("bridgeIPv6Address")
        bridgeName = try maybe("bridgeName")
        bridgeMAC = try maybe("bridgeMAC")
        isBridgeForeign = try maybe("isBridgeForeign") ?? false
        isParentOurs = try maybe("isParentOurs") ?? false
        mtu = try maybe("mtu")
        isInternal = try maybe("isInternal") ?? false
        isAttachable = try maybe("isAttachable") ?? false
        isConfigOnly = try maybe("isConfigOnly") ?? false
        configFrom = try maybe("configFrom") ?? ""
        options = try maybe("options") ?? [:]
        labels = try maybe("labels") ?? [:]
        if let pools: [PoolRecord] = try maybe("pools") {
            self.pools = pools
        } else if let subnet: String = try maybe("subnet") {
            // Before there were two families.
            pools = [PoolRecord(subnet: subnet, range: try maybe("range"), gateway: try maybe("gateway"))]
        }
    }
}
