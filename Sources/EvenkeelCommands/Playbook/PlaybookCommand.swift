import ArgumentParser

struct PlaybookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "playbook",
        abstract: "Checks a playbook, or shows what it does on each kind of node.",
        discussion: """
              evenkeel playbook check playbooks/kubeadm-upgrade.yaml
              evenkeel playbook show playbooks/kubeadm-upgrade.yaml --role worker
            """,
        subcommands: [PlaybookCheckCommand.self, PlaybookShowCommand.self]
    )
}
