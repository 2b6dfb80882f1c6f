import Glibc

/// Asks people for what a command needs.
public enum Prompt {
    /// Prints a question and reads the answer's line from standard input.
    ///
    /// - Parameter isSecret: whether what is typed is hidden.
    /// - Returns: the line without its end; nil at the end of the input.
    public static func ask(_ question: String, isSecret: Bool) -> String? {
        Console.print(question)
        guard isSecret else { return readLine() }
        var mode = termios()
        let isTerminal = unsafe tcgetattr(STDIN_FILENO, &mode) == 0
        let before = mode
        if isTerminal {
            mode.c_lflag &= ~tcflag_t(ECHO)
            unsafe tcsetattr(STDIN_FILENO, TCSANOW, &mode)
        }
        let answer = readLine()
        if isTerminal {
            var old = before
            unsafe tcsetattr(STDIN_FILENO, TCSANOW, &old)
        }
        Console.line()
        return answer
    }
}
