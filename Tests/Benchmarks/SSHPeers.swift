// The same work by other clients, as far as they are installed.
import Foundation

/// A client that logs in to many servers: how it is called for one command on each.
struct SSHPeer: Sendable {
    var name: String
    /// The program that has to be there.
    var program: String
    /// A shell line; `$HOSTS`, `$LIST` (the hosts with commas), `$PORT`, `$LOGIN`, `$KEY`, `$KNOWN`, `$PARALLEL` and
    /// `$COMMAND` stand for what the environment says.
    var line: String
    /// For `$COUNT` commands on each connection; nil where the client keeps none.
    var reusing: String?
    /// Sends `$FILE` to `$TARGET` with the host's name behind it, or as the client names it; nil where it sends none.
    var pushing: String?
    /// So cheap that it stands beside ours at every number of targets.
    var isFloor = false

    static let options =
        #"-F none -p "$PORT" -i "$KEY" -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile="$KNOWN" "#
        + "-o GlobalKnownHostsFile=/dev/null"

    /// The compiled bare client; nil where it cannot be had.
    static func floor(_ path: String?) -> SSHPeer {
        guard let path else {
            return SSHPeer(name: "bare C on libssh2", program: "cc with libssh2", line: "", isFloor: true)
        }
        let call = #"'\#(path)' "$HOSTS" "$PORT" "$LOGIN" "$KEY" "$PARALLEL""#
        return SSHPeer(
            name: "bare C on libssh2",
            program: path,
            line: call + #" 1 "$COMMAND""#,
            reusing: call + #" "$COUNT" "$COMMAND""#,
            isFloor: true
        )
    }

    /// Evenkeel as a user calls it, with its own settings.
    static func command(_ path: String) -> SSHPeer {
        let line =
            #"'\#(path)' exec --hosts-file "$HOSTS" --port "$PORT" --user "$LOGIN" --identity "$KEY""#
            + #" --known-hosts "$KNOWN" -- "$COMMAND""#
        return SSHPeer(name: "evenkeel exec", program: path, line: line)
    }

    static let others: [SSHPeer] = {
        let ssh = "ssh \(options)"
        let xargs = #"xargs -a "$HOSTS" -P "$PARALLEL" -I HOST"#
        let master = """
            printf '%s\\n' 'h=$1; m="-o ControlPath=$CONTROL/$h"' \
              '\(ssh) $m -o ControlMaster=yes -o ControlPersist=60 "$LOGIN@$h" true' \
              'i=0; while [ $i -lt $COUNT ]; do \(ssh) $m "$LOGIN@$h" "$COMMAND" || exit 255; i=$((i+1)); done' \
              '\(ssh) $m -O exit "$LOGIN@$h"' >"$CONTROL/each"
            \(xargs) sh "$CONTROL/each" HOST
            """
        return [
            SSHPeer(
                name: "OpenSSH, xargs",
                program: "ssh",
                line: xargs + " \(ssh) \"$LOGIN@HOST\" \"$COMMAND\"",
                reusing: master,
                pushing: xargs
                    + " scp -q \(options.replacing("-p ", with: "-P ")) \"$FILE\" \"$LOGIN@HOST:$TARGET-HOST\""
            ),
            SSHPeer(
                name: "OpenSSH, curve25519",
                program: "ssh",
                line: xargs + " \(ssh) -o KexAlgorithms=curve25519-sha256 \"$LOGIN@HOST\" \"$COMMAND\""
            ),
            SSHPeer(
                name: "pdsh",
                program: "pdsh",
                line:
                    #"PDSH_SSH_ARGS="\#(options.replacing("\"", with: "")) %h" pdsh -R ssh -f "$PARALLEL" -l "$LOGIN" -w "$LIST" "$COMMAND""#
            ),
            SSHPeer(
                name: "ClusterShell",
                program: "clush",
                line:
                    #"clush -f "$PARALLEL" -l "$LOGIN" -o "\#(options.replacing("\"", with: ""))" -w "$LIST" "$COMMAND""#
            ),
            SSHPeer(
                name: "parallel-ssh",
                program: "python3 -c 'import pssh'",
                line: """
                    python3 -c 'import os
                    from pssh.clients import ParallelSSHClient
                    e = os.environ
                    hosts = open(e["HOSTS"]).read().split()
                    client = ParallelSSHClient(hosts, user=e["LOGIN"], port=int(e["PORT"]), pkey=e["KEY"], pool_size=int(e["PARALLEL"]))
                    for output in client.run_command(e["COMMAND"]): list(output.stdout)'
                    """,
                reusing: """
                    python3 -c 'import os
                    from pssh.clients import ParallelSSHClient
                    e = os.environ
                    hosts = open(e["HOSTS"]).read().split()
                    client = ParallelSSHClient(hosts, user=e["LOGIN"], port=int(e["PORT"]), pkey=e["KEY"], pool_size=int(e["PARALLEL"]))
                    for turn in range(int(e["COUNT"])):
                        for output in client.run_command(e["COMMAND"]): list(output.stdout)'
                    """,
                pushing: """
                    python3 -c 'import os, gevent
                    from pssh.clients import ParallelSSHClient
                    e = os.environ
                    hosts = open(e["HOSTS"]).read().split()
                    client = ParallelSSHClient(hosts, user=e["LOGIN"], port=int(e["PORT"]), pkey=e["KEY"], pool_size=int(e["PARALLEL"]))
                    targets = [{"path": e["TARGET"] + "-" + host} for host in hosts]
                    gevent.joinall(client.copy_file(e["FILE"], "%(path)s", copy_args=targets), raise_error=True)'
                    """
            ),
            SSHPeer(
                name: "AsyncSSH",
                program: "python3 -c 'import asyncssh'",
                line: """
                    python3 -c 'import asyncio, os, asyncssh
                    e = os.environ
                    async def one(gate, host):
                        async with gate, asyncssh.connect(host, int(e["PORT"]), username=e["LOGIN"], client_keys=[e["KEY"]],
                                known_hosts=e["KNOWN"]) as connection:
                            await connection.run(e["COMMAND"], check=True)
                    async def main():
                        gate = asyncio.Semaphore(int(e["PARALLEL"]))
                        await asyncio.gather(*[one(gate, host) for host in open(e["HOSTS"]).read().split()])
                    asyncio.run(main())'
                    """,
                reusing: """
                    python3 -c 'import asyncio, os, asyncssh
                    e = os.environ
                    async def one(gate, host):
                        async with gate, asyncssh.connect(host, int(e["PORT"]), username=e["LOGIN"], client_keys=[e["KEY"]],
                                known_hosts=e["KNOWN"]) as connection:
                            for turn in range(int(e["COUNT"])): await connection.run(e["COMMAND"], check=True)
                    async def main():
                        gate = asyncio.Semaphore(int(e["PARALLEL"]))
                        await asyncio.gather(*[one(gate, host) for host in open(e["HOSTS"]).read().split()])
                    asyncio.run(main())'
                    """,
                pushing: """
                    python3 -c 'import asyncio, os, asyncssh
                    e = os.environ
                    async def one(host):
                        async with asyncssh.connect(host, int(e["PORT"]), username=e["LOGIN"], client_keys=[e["KEY"]],
                                known_hosts=e["KNOWN"]) as connection:
                            async with connection.start_sftp_client() as sftp:
                                await sftp.put(e["FILE"], e["TARGET"] + "-" + host)
                    async def main():
                        await asyncio.gather(*[one(host) for host in open(e["HOSTS"]).read().split()])
                    asyncio.run(main())'
                    """
            ),
            SSHPeer(
                name: "Ansible",
                program: "ansible",
                line:
                    #"ansible all -i "$LIST," -f "$PARALLEL" -u "$LOGIN" --private-key "$KEY" -e ansible_port="$PORT" --ssh-common-args="\#(options.replacing("\"", with: ""))" -m raw -a "$COMMAND""#
            ),
        ]
    }()
}
