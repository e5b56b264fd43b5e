#pragma once
#include <ares.h>
#include <arpa/inet.h>
#include <poll.h>
#include <sys/eventfd.h>

// Macros that Swift does not see as typed constants.

static const ares_socket_t ccares_no_socket = ARES_SOCKET_BAD;

/// Asks for records of class IN.
static inline void ccares_query_internet(
    ares_channel channel, const char *name, int type, ares_callback callback, void *context) {
    ares_query(channel, name, 1, type, callback, context);
}
