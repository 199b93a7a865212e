// What the protocol costs at least: one thread, libssh2 and poll(2), and nothing else.
//   ssh-floor HOSTS PORT USER KEY PARALLEL COUNT COMMAND   COUNT times the command on each host, over one connection
// Prints for how many hosts it failed.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libssh2.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum stage { CONNECTING, SHAKING, LOGGING_IN, OPENING, ASKING, READING, CLOSING, FREEING, LEAVING, OVER };

struct host {
    int descriptor, done, failed;
    enum stage stage;
    LIBSSH2_SESSION *session;
    LIBSSH2_CHANNEL *channel;
};

static const char *user, *key, *command;
static int port, count;
static char public_key[4096];

static void begin(struct host *host, const char *name) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, name, &address.sin_addr);
    *host = (struct host){.descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)};
    if (connect(host->descriptor, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS) {
        host->failed = 1;
        host->stage = OVER;
    }
}

// One operation; 0 where it has to wait for the network.
static int advance(struct host *host) {
    char bytes[4096];
    ssize_t result = 0;
    switch (host->stage) {
    case CONNECTING:
        host->session = libssh2_session_init();
        libssh2_session_set_blocking(host->session, 0);
        break;
    case SHAKING: result = libssh2_session_handshake(host->session, host->descriptor); break;
    case LOGGING_IN: result = libssh2_userauth_publickey_fromfile(host->session, user, public_key, key, ""); break;
    case OPENING:
        host->channel = libssh2_channel_open_session(host->session);
        if (!host->channel) result = libssh2_session_last_errno(host->session);
        break;
    case ASKING: result = libssh2_channel_exec(host->channel, command); break;
    case READING:
        while ((result = libssh2_channel_read(host->channel, bytes, sizeof bytes)) > 0) {}
        if (result == 0 && !libssh2_channel_eof(host->channel)) return 0;
        break;
    case CLOSING: result = libssh2_channel_close(host->channel); break;
    case FREEING:
        if (libssh2_channel_get_exit_status(host->channel)) host->failed = 1;
        result = libssh2_channel_free(host->channel);
        break;
    case LEAVING:
        libssh2_session_disconnect(host->session, "");
        result = libssh2_session_free(host->session);
        break;
    case OVER: return 0;
    }
    if (result == LIBSSH2_ERROR_EAGAIN) return 0;
    if (result) {
        host->failed = 1;
        host->stage = OVER;
        return 1;
    }
    host->stage = host->stage == FREEING && ++host->done < count ? OPENING : host->stage + 1;
    return 1;
}

int main(int argc, char **argv) {
    if (argc != 8) return 64;
    FILE *names = fopen(argv[1], "r");
    port = atoi(argv[2]), user = argv[3], key = argv[4], count = atoi(argv[6]), command = argv[7];
    int parallel = atoi(argv[5]), open = 0, failed = 0, more = names != NULL;
    snprintf(public_key, sizeof public_key, "%s.pub", key);
    struct host *hosts = calloc(parallel, sizeof *hosts);
    struct pollfd *waits = calloc(parallel, sizeof *waits);
    for (int slot = 0; slot < parallel; slot++) hosts[slot].stage = OVER, waits[slot].fd = -1;
    libssh2_init(0);
    do {
        open = 0;
        for (int slot = 0; slot < parallel; slot++) {
            struct host *host = &hosts[slot];
            char name[256];
            if (host->stage == OVER && waits[slot].fd < 0 && more) {
                more = fscanf(names, "%255s", name) == 1;
                if (more) {
                    begin(host, name);
                    waits[slot] = (struct pollfd){.fd = host->descriptor, .events = POLLOUT};
                }
            } else if (waits[slot].fd >= 0 && waits[slot].revents) {
                while (advance(host)) {}
                int wants = host->session && host->stage != OVER ? libssh2_session_block_directions(host->session) : 0;
                waits[slot].events = POLLIN | (wants & LIBSSH2_SESSION_BLOCK_OUTBOUND ? POLLOUT : 0);
                if (host->stage == OVER) {
                    failed += host->failed;
                    close(host->descriptor);
                    waits[slot].fd = -1;
                }
            }
            open += waits[slot].fd >= 0;
        }
        if (open) poll(waits, parallel, 1000);
    } while (open || more);
    printf("%d\n", failed);
    return failed > 0;
}
