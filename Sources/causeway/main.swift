import EngineClient
import Glibc
import Lab

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "lab" {
    exit(LabCommandLine.run(Array(arguments.dropFirst()), writeImage: { _ in }))
}
exit(Program.tree.run(arguments, version: Program.version))
