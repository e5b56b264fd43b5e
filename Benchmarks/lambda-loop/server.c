// Measures a Lambda runtime client: starts it, plays the Runtime API on loopback for it, and ends it.
//
// usage: server INVOCATIONS PROGRAM [ARGUMENT...]
// Prints microseconds: from fork to the first `next`; per invocation, the mean over the second half; processor time of
// the client per invocation, its start included; and the client's peak memory in KiB. One thread, poll(2) over the
// client's few connections; a `next` is answered at once.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { maximum_connections = 16, capacity = 1 << 16 };

struct connection {
    char buffer[capacity];
    size_t length;
};

static double microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

static void answer(int descriptor, const char *text, size_t length) {
    if (write(descriptor, text, length) != (ssize_t)length) perror("write");
}

static long content_length(const char *head) {
    const char *field = strcasestr(head, "\r\nContent-Length:");
    return field ? atol(field + 17) : 0;
}

int main(int count, char **arguments) {
    if (count < 3) return 2;
    long invocations = atol(arguments[1]), served = 0;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 16)) return perror("listen"), 1;
    getsockname(listener, (struct sockaddr *)&address, &size);
    char authority[64];
    snprintf(authority, sizeof authority, "127.0.0.1:%d", ntohs(address.sin_port));
    setenv("AWS_LAMBDA_RUNTIME_API", authority, 1);

    double started = microseconds(), first = 0, half = 0, last = 0;
    pid_t child = fork();
    if (child == 0) {
        execv(arguments[2], arguments + 2);
        _exit(127);
    }

    static struct connection connections[maximum_connections];
    struct pollfd descriptors[maximum_connections + 1] = {{.fd = listener, .events = POLLIN}};
    for (int i = 1; i <= maximum_connections; i++) descriptors[i].fd = -1;
    char event[1024];
    const char *body = "{\"source\":\"jada.blast\",\"detail\":{\"campaign\":\"paul-simon\"}}";
    while (served <= invocations) {
        if (poll(descriptors, maximum_connections + 1, 10000) <= 0) return fprintf(stderr, "no request\n"), 1;
        if (descriptors[0].revents & POLLIN) {
            int one = 1, accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC), slot = 1;
            setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            while (slot <= maximum_connections && descriptors[slot].fd >= 0) slot++;
            if (slot > maximum_connections) return fprintf(stderr, "too many connections\n"), 1;
            descriptors[slot] = (struct pollfd){.fd = accepted, .events = POLLIN};
            connections[slot - 1].length = 0;
        }
        for (int i = 1; i <= maximum_connections; i++) {
            if (descriptors[i].fd < 0 || !descriptors[i].revents) continue;
            struct connection *connection = &connections[i - 1];
            ssize_t taken = read(descriptors[i].fd, connection->buffer + connection->length,
                capacity - 1 - connection->length);
            if (taken <= 0) {
                close(descriptors[i].fd);
                descriptors[i].fd = -1;
                continue;
            }
            connection->length += taken;
            connection->buffer[connection->length] = 0;
            char *end = strstr(connection->buffer, "\r\n\r\n");
            if (!end) continue;
            if (connection->length < (size_t)(end + 4 - connection->buffer) + content_length(connection->buffer)) continue;
            connection->length = 0;
            if (strstr(connection->buffer, "/extension/register")) {
                const char *text = "HTTP/1.1 200 OK\r\nLambda-Extension-Identifier: bench\r\nContent-Length: 2\r\n\r\n{}";
                answer(descriptors[i].fd, text, strlen(text));
            } else if (strstr(connection->buffer, "/extension/event/next")) {
                // There are no events.
            } else if (!strncmp(connection->buffer, "GET ", 4)) {
                last = microseconds();
                if (!first) first = last;
                if (served == invocations / 2) half = last;
                int length = snprintf(event, sizeof event,
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-%012ld\r\n"
                    "Lambda-Runtime-Deadline-Ms: %ld\r\n"
                    "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-west-2:123456789012:function:bench\r\n"
                    "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r\n"
                    "Content-Length: %zu\r\n\r\n%s",
                    served, (long)(time(NULL) + 30) * 1000, strlen(body), body);
                served++;
                if (served <= invocations) answer(descriptors[i].fd, event, length);
            } else {
                const char *text = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n";
                answer(descriptors[i].fd, text, strlen(text));
            }
        }
    }
    kill(child, SIGKILL);
    struct rusage usage;
    wait4(child, NULL, 0, &usage);
    double processor = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 + usage.ru_utime.tv_usec
        + usage.ru_stime.tv_usec;
    printf("%.0f %.1f %.1f %ld\n", first - started, (last - half) / (invocations - invocations / 2),
        processor / invocations, usage.ru_maxrss);
}
