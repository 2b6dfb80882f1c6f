import CLinux

extension FileDescriptor {
    /// Sends a whole Ethernet frame through a packet(7) socket, out of the device of that number.
    public func sendFrame(_ frame: [UInt8], device index: Int32) throws(SystemCallError) {
        let status = unsafe frame.withUnsafeBufferPointer { bytes in
            unsafe cw_send_frame(rawValue, index, bytes.baseAddress, bytes.count)
        }
        try checkWrapper("sendto", "a frame", status)
    }
}
