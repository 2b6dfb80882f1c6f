import EngineClient
import Glibc
import ImageStore
import Lab
import Lessons

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "lab" {
    let image: @Sendable (String) throws -> Void = { try BusyboxImage.writeArchive(to: $0) }
    if let status = LessonCommandLine.run(Array(arguments.dropFirst()), writeImage: image) { exit(status) }
    exit(LabCommandLine.run(Array(arguments.dropFirst()), writeImage: image))
}
exit(Program.tree.run(arguments, version: Program.version))
