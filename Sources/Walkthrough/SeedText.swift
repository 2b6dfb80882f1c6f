/// What the walkthrough's commands print, word for word.
enum SeedText {
    /// `docker network ls`.
    static let networkList = [
        "NETWORK ID     NAME      DRIVER    SCOPE",
        "{hex12}   bridge    bridge    local",
        "{hex12}   host      host      local",
        "{hex12}   none      null      local",
    ]

    /// `docker inspect bridge` with no container, without the key `EnableIPv4` that API 1.47 added.
    static let bridge = """
        [
            {
                "Name": "bridge",
                "Id": "{hex64}",
                "Created": "{any}",
                "Scope": "local",
                "Driver": "bridge",
                "EnableIPv6": false,
                "IPAM": {
                    "Driver": "default",
                    "Options": null,
                    "Config": [
                        {
                            "Subnet": "172.17.0.0/16",
                            "Gateway": "172.17.0.1"
                        }
                    ]
                },
                "Internal": false,
                "Attachable": false,
                "Ingress": false,
                "ConfigFrom": {
                    "Network": ""
                },
                "ConfigOnly": false,
                "Containers": {},
                "Options": {
                    "com.docker.network.bridge.default_bridge": "true",
                    "com.docker.network.bridge.enable_icc": "true",
                    "com.docker.network.bridge.enable_ip_masquerade": "true",
                    "com.docker.network.bridge.host_binding_ipv4": "0.0.0.0",
                    "com.docker.network.bridge.name": "docker0",
                    "com.docker.network.driver.mtu": "1500"
                },
                "Labels": {}
            }
        ]
        """.split(separator: "\n").map(String.init)

    /// A container's entry of `Containers`.
    static func bridgeContainer(name: String, lastByte: Int) -> [String] {
        [
            "            \"{hex64}\": {",
            "                \"Name\": \"\(name)\",",
            "                \"EndpointID\": \"{hex64}\",",
            "                \"MacAddress\": \"02:42:ac:11:00:0\(lastByte)\",",
            "                \"IPv4Address\": \"172.17.0.\(lastByte)/16\",",
            "                \"IPv6Address\": \"\"",
            "            }{any}",
        ]
    }

    /// `iptables -t filter -S`.
    static let filterRules = """
        -P INPUT ACCEPT
        -P FORWARD DROP
        -P OUTPUT ACCEPT
        -N DOCKER
        -N DOCKER-ISOLATION-STAGE-1
        -N DOCKER-ISOLATION-STAGE-2
        -N DOCKER-USER
        -A FORWARD -j DOCKER-USER
        -A FORWARD -j DOCKER-ISOLATION-STAGE-1
        -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        -A FORWARD -o docker0 -j DOCKER
        -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
        -A FORWARD -i docker0 -o docker0 -j ACCEPT
        -A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
        -A DOCKER-ISOLATION-STAGE-1 -j RETURN
        -A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
        -A DOCKER-ISOLATION-STAGE-2 -j RETURN
        -A DOCKER-USER -j RETURN
        """.split(separator: "\n").map(String.init)

    /// `iptables -t nat -S`.
    static let natRules = """
        -P PREROUTING ACCEPT
        -P INPUT ACCEPT
        -P OUTPUT ACCEPT
        -P POSTROUTING ACCEPT
        -N DOCKER
        -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
        -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
        -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
        -A DOCKER -i docker0 -j RETURN
        """.split(separator: "\n").map(String.init)
}
