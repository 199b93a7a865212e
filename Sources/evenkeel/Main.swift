import EvenkeelCommands

@main
struct Main {
    static func main() async {
        await Evenkeel.runToExit()
    }
}
