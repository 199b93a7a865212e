/// Keeps the scripts of one node from running beside each other, whoever started them.
///
/// A script outlives the connection that started it, and the process of whoever started it. The lock lies on the node:
/// the kernel gives a `flock` back when its holder ends, however that may be. Where a node has no `flock` command, a
/// hard link names the holder by its process, its start and the boot.
package struct ScriptLock: Hashable, Sendable {
    /// The lock's file, without its folder.
    let file: String

    /// - Parameter node: the node's name in the cluster.
    package init(node: String) {
        let isPlain = { (byte: UInt8) in
            (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A || (byte >= 0x30 && byte <= 0x39) || byte == 0x2D
                || byte == 0x2E
        }
        let name = node.utf8.map { isPlain($0) ? String(UnicodeScalar($0)) : "_\(String($0, radix: 16))" }.joined()
        // A file's name has 255 bytes at most.
        file = "lock-" + name.prefix(200)
    }

    /// What the shell ends with where another script runs; its standard error is ``busyMark`` then.
    package static let busyCode = 75
    /// Scripts write to the standard output only, so this is never theirs.
    package static let busyMark = "\u{1}evenkeel: busy"

    /// Sets `_evenkeel_lock` to the file; to nothing where none can be written.
    var find: [String] {
        [
            "_evenkeel_lock=",
            "for _evenkeel_folder in \"${HOME:-/run}/.evenkeel-locks\" /run/evenkeel-locks; do",
            "if mkdir -p -m 700 \"$_evenkeel_folder\" 2>/dev/null"
                + " && ( : >>\"$_evenkeel_folder/\(file)\" ) 2>/dev/null; then",
            "_evenkeel_lock=$_evenkeel_folder/\(file)",
            "break",
            "fi",
            "done",
        ]
    }

    /// Takes the lock for the subshell that this is part of, which keeps it on its descriptor 9; 75 where it is taken.
    static let take = [
        "_evenkeel_busy=",
        "if [ -z \"$_evenkeel_lock\" ]; then :",
        "elif flock -s -n 8 8</dev/null 2>/dev/null; then",
        "exec 9>>\"$_evenkeel_lock\"",
        "flock -n 9 || _evenkeel_busy=yes",
        "else",
        #"_evenkeel_start() { sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }"#,
        "_evenkeel_boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)",
        #"echo "$$ $(_evenkeel_start $$) $_evenkeel_boot" >"$_evenkeel_lock.$$""#,
        // Without a holder and without a link, the file system has no links: there is no lock then.
        #"until ln "$_evenkeel_lock.$$" "$_evenkeel_lock.held" 2>/dev/null; do"#,
        #"[ -e "$_evenkeel_lock.held" ] || break"#,
        #"read -r _evenkeel_id _evenkeel_since _evenkeel_then <"$_evenkeel_lock.held" || :"#,
        #"if [ "$_evenkeel_then" = "$_evenkeel_boot" ]"#
            + #" && [ "$(_evenkeel_start "$_evenkeel_id")" = "$_evenkeel_since" ]; then"#,
        "_evenkeel_busy=yes",
        "break",
        "fi",
        // Its holder is gone.
        #"rm -f "$_evenkeel_lock.held""#,
        "done",
        #"rm -f "$_evenkeel_lock.$$""#,
        "fi",
    ]

    /// Gives back what the kernel does not.
    static let giveBack = #"[ -z "${_evenkeel_boot-}" ] || rm -f "$_evenkeel_lock.held""#
}
