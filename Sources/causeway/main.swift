import EngineClient
import Glibc
import Lab

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "lab" {
    exit(LabCommandLine.run(Array(arguments.dropFirst())))
}
exit(Program.tree.run(arguments, version: Program.version))
