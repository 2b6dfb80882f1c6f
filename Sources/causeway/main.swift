import EngineClient
import Glibc
import ImageStore
import Lab

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "lab" {
    exit(LabCommandLine.run(Array(arguments.dropFirst()), writeImage: { try BusyboxImage.writeArchive(to: $0) }))
}
exit(Program.tree.run(arguments, version: Program.version))
