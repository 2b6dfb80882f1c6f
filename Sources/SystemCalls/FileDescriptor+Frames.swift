import CLinux

extension FileDescriptor {
    /// Sends a whole Ethernet frame through a packet(7) socket, out of the device of that number.
    public func sendFrame(_ frame: [UInt8], device index: Int32) throws(SystemCallError) {
        let status = unsafe frame.withUnsafeBufferPointer { bytes in
            unsafe cw_send_frame(rawValue, index, bytes.baseAddress, bytes.count)
        }
        try checkWrapper("sendto", "a frame", status)
    }

    /// Waits until a descriptor can be read, poll(2), blocking the thread; false where the time is up.
    public static func waitReadable(_ number: CInt, milliseconds: Int) -> Bool {
        cw_wait_readable(number, CInt(clamping: milliseconds)) > 0
    }
}
