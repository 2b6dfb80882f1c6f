// The walkthrough as a program: `make demo` runs it in a lab that is up.
//
//   causeway-walkthrough LAB NAME PATH     NAME is what the command line is called, PATH where it is
//
// Exit code: 0 where every row passes, 1 where one fails, 2 where it could not begin.

import Glibc
import Lab
import SystemCalls
import Walkthrough

let arguments = CommandLine.arguments
guard arguments.count == 4 else {
    print("usage: causeway-walkthrough LAB CLIENT-NAME CLIENT-PATH")
    exit(2)
}

func show(_ line: String) {
    print(line)
    fflush(nil)
}

do {
    let client = Client(name: arguments[2], path: arguments[3])
    show("From a container to the internet, with \(client.name) (\(client.path))")
    let results = try Walkthrough.run(lab: try Lab(arguments[1]), client: client, show: show)
    show("\nThe rows, with \(client.name):")
    for line in Walkthrough.table(results) { show(line) }
    exit(results.allSatisfy(\.passed) ? 0 : 1)
} catch {
    print("the walkthrough could not begin: \(error)")
    exit(2)
}
