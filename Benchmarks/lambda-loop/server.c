// Measures a Lambda runtime client: starts it, plays the Runtime API on loopback for it, and ends it.
//
// usage: server INVOCATIONS PROGRAM [ARGUMENT...]
// Prints microseconds: from fork to the first `next`; per invocation, the mean over the second half; processor time of
// the client per invocation, its start included; the client's peak memory in KiB; and from fork to the first outcome.
// One thread, poll(2) over the client's few connections; a `next` is answered at once. The events are those of the files
// 0, 1 and so on in the folder that EVENTS names; without it, always the same small one. Outcomes that are errors go to
// standard error and end it.

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

// The event of an invocation, or the built-in one; its length is returned.
static size_t event_of(long invocation, char *into, size_t size) {
    static const char standard[] = "{\"source\":\"jada.blast\",\"detail\":{\"campaign\":\"paul-simon\"}}";
    const char *folder = getenv("EVENTS");
    if (!folder) return memcpy(into, standard, sizeof standard), sizeof standard - 1;
    char path[4096];
    snprintf(path, sizeof path, "%s/%ld", folder, invocation);
    FILE *file = fopen(path, "rb");
    if (!file) perror(path), exit(1);
    size_t length = fread(into, 1, size - 1, file);
    fclose(file);
    into[length] = 0;
    return length;
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

    double started = microseconds(), first = 0, half = 0, last = 0, outcome = 0;
    pid_t child = fork();
    if (child == 0) {
        execv(arguments[2], arguments + 2);
        _exit(127);
    }

    static struct connection connections[maximum_connections];
    struct pollfd descriptors[maximum_connections + 1] = {{.fd = listener, .events = POLLIN}};
    for (int i = 1; i <= maximum_connections; i++) descriptors[i].fd = -1;
    static char event[capacity], body[capacity / 2];
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
                if (served == invocations) {
                    served++;
                    continue;
                }
                size_t body_length = event_of(served, body, sizeof body);
                int length = snprintf(event, sizeof event,
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-%012ld\r\n"
                    "Lambda-Runtime-Deadline-Ms: %ld\r\n"
                    "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-west-2:123456789012:function:bench\r\n"
                    "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1\r\n"
                    "Content-Length: %zu\r\n\r\n%s",
                    served, (long)(time(NULL) + 30) * 1000, body_length, body);
                served++;
                answer(descriptors[i].fd, event, length);
            } else {
                if (!outcome) outcome = microseconds();
                if (!strstr(connection->buffer, "/response HTTP")) {
                    fprintf(stderr, "%s\n", connection->buffer);
                    kill(child, SIGKILL);
                    return 1;
                }
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
    long counted = invocations ? invocations : 1;
    printf("%.0f %.1f %.1f %ld %.0f\n", first - started, (last - half) / (counted - invocations / 2),
        processor / counted, usage.ru_maxrss, outcome ? outcome - started : 0);
}
