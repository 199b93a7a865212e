// libssh2 for Swift: the library's header, and typed setters for the two transport callbacks.
// libssh2 takes them as untyped pointers; here C checks the signatures, so Swift needs no cast.
#ifndef EVENKEEL_CLIBSSH2_SHIM_H
#define EVENKEEL_CLIBSSH2_SHIM_H

#include <libssh2.h>
#include <sys/types.h>

/// Reads or delivers bytes for a session; returns how many, 0 at the end, or a negated errno value.
typedef ssize_t (*evenkeel_receive_callback)(libssh2_socket_t socket, void *buffer, size_t length, int flags,
                                             void **abstract);
typedef ssize_t (*evenkeel_send_callback)(libssh2_socket_t socket, const void *buffer, size_t length, int flags,
                                          void **abstract);

// 1.11.1 added a setter for function pointers and deprecates the one for data pointers.
static inline void evenkeel_set_receive_callback(LIBSSH2_SESSION *session, evenkeel_receive_callback callback) {
#if LIBSSH2_VERSION_NUM >= 0x010b01
    libssh2_session_callback_set2(session, LIBSSH2_CALLBACK_RECV, (libssh2_cb_generic *)callback);
#else
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV, (void *)callback);
#endif
}

static inline void evenkeel_set_send_callback(LIBSSH2_SESSION *session, evenkeel_send_callback callback) {
#if LIBSSH2_VERSION_NUM >= 0x010b01
    libssh2_session_callback_set2(session, LIBSSH2_CALLBACK_SEND, (libssh2_cb_generic *)callback);
#else
    libssh2_session_callback_set(session, LIBSSH2_CALLBACK_SEND, (void *)callback);
#endif
}

#endif
