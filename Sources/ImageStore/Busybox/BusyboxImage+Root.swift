extension BusyboxImage {
    /// Where an applet is looked for by scripts that name it in full; the rest is in `/bin`.
    private static let elsewhere: [String: [String]] = [
        "sbin/": ["init", "ifconfig", "ip", "route", "arp", "modprobe", "lsmod", "insmod", "rmmod", "halt", "reboot"],
        "usr/bin/": ["env", "which", "test", "[", "awk", "id", "nc", "wget", "top", "tr", "head", "tail", "sort"],
    ]

    /// The root file system: the program, a link for each applet, and the files that programs expect.
    static func rootArchive(_ binary: [UInt8], applets: [String]) throws(ImageError) -> [UInt8] {
        let sink = Sink()
        var tar = ArchiveWriter { bytes throws(ImageError) in sink.bytes += bytes }
        let time: Int64 = 1_704_067_200
        let folders: [(name: String, mode: UInt32)] = [
            ("./", 0o755), ("bin/", 0o755), ("dev/", 0o755), ("etc/", 0o755), ("home/", 0o755), ("lib/", 0o755),
            ("proc/", 0o555), ("root/", 0o700), ("run/", 0o755), ("sbin/", 0o755), ("sys/", 0o555), ("tmp/", 0o1777),
            ("usr/", 0o755), ("usr/bin/", 0o755), ("usr/sbin/", 0o755), ("var/", 0o755), ("var/log/", 0o755),
            ("var/spool/", 0o755), ("var/spool/mail/", 0o755), ("var/www/", 0o755),
        ]
        for folder in folders { try tar.begin(folder.name, kind: .directory, mode: folder.mode, time: time) }
        try tar.begin("var/run", kind: .symbolicLink(Array("../run".utf8)), mode: 0o777, time: time)
        try tar.begin("lib64", kind: .symbolicLink(Array("lib".utf8)), mode: 0o777, time: time)
        try tar.file("bin/busybox", binary, mode: 0o755, time: time)
        for applet in applets {
            try tar.begin("bin/" + applet, kind: .hardLink(Array("bin/busybox".utf8)), mode: 0o755, time: time)
        }
        for (folder, names) in elsewhere.sorted(by: { $0.key < $1.key }) {
            let target = (folder == "sbin/" ? "../" : "../../") + "bin/busybox"
            for name in names where applets.contains(name) {
                try tar.begin(folder + name, kind: .symbolicLink(Array(target.utf8)), mode: 0o777, time: time)
            }
        }
        for (name, text, mode) in files {
            try tar.file("etc/" + name, Array(text.utf8), mode: mode, time: time)
        }
        try tar.finish()
        return sink.bytes
    }

    private static let files: [(name: String, text: String, mode: UInt32)] = [
        (
            "passwd",
            """
            root:x:0:0:root:/root:/bin/sh
            daemon:x:1:1:daemon:/usr/sbin:/bin/false
            bin:x:2:2:bin:/bin:/bin/false
            sys:x:3:3:sys:/dev:/bin/false
            sync:x:4:100:sync:/bin:/bin/sync
            mail:x:8:8:mail:/var/spool/mail:/bin/false
            www-data:x:33:33:www-data:/var/www:/bin/false
            operator:x:37:37:Operator:/var:/bin/false
            nobody:x:65534:65534:nobody:/home:/bin/false

            """, 0o644
        ),
        (
            "group",
            """
            root:x:0:
            daemon:x:1:
            bin:x:2:
            sys:x:3:
            adm:x:4:
            tty:x:5:
            disk:x:6:
            wheel:x:10:root
            mail:x:8:
            www-data:x:33:
            operator:x:37:
            users:x:100:
            nobody:x:65534:

            """, 0o644
        ),
        (
            "shadow",
            """
            root:*::0:::::
            daemon:*::0:::::
            nobody:*::0:::::

            """, 0o640
        ),
        (
            "nsswitch.conf",
            """
            passwd: files
            group: files
            hosts: files dns

            """, 0o644
        ),
    ]

    /// Collects what the archive's writer hands out.
    private final class Sink {
        var bytes: [UInt8] = []
    }
}
