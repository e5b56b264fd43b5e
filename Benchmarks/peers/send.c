// The least that a sender can do, in C: one thread, a libcurl multi handle over epoll, 64 requests under way. Each body
// gets its recipient's number and is hashed, each request is signed with Signature Version 4 and posted over connections
// that are kept alive. No list, no template, no claim, no record: what our whole way is held against.
//
// usage: send URL COUNT BODY-FILE [CA-BUNDLE]; the body's first "00000000" becomes the number.
// Prints its figures as one JSON object.

#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define IN_FLIGHT 64
#define PATH "/v2/email/outbound-emails"
#define SCOPE "us-west-2/ses/aws4_request"
#define SIGNED_HEADERS "content-type;host;x-amz-date"
static const char access_key[] = "AKIDEXAMPLE";
static const char secret_key[] = "AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
static const char placeholder[] = "00000000";

static void fail(const char *message) {
    fprintf(stderr, "send: %s\n", message);
    exit(1);
}

// Signing: the day's key, digest and MAC are set up once.

static struct {
    EVP_MD *sha256;
    EVP_MD_CTX *digest;
    EVP_MAC_CTX *mac;
    const char *host;
    time_t second;
    char timestamp[17], day[9];
} signer;

static void hex(const unsigned char *bytes, char *text) {
    for (int i = 0; i < 32; i++) {
        text[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    text[64] = 0;
}

static void hash(const void *bytes, size_t length, char *text) {
    unsigned char digest[32];
    EVP_DigestInit_ex2(signer.digest, signer.sha256, NULL);
    EVP_DigestUpdate(signer.digest, bytes, length);
    EVP_DigestFinal_ex(signer.digest, digest, NULL);
    hex(digest, text);
}

static void authenticate(const unsigned char *key, size_t key_length, const char *text, unsigned char *code) {
    size_t length;
    if (!EVP_MAC_init(signer.mac, key, key_length, NULL)) fail("no HMAC");
    EVP_MAC_update(signer.mac, (const unsigned char *)text, strlen(text));
    EVP_MAC_final(signer.mac, code, &length, 32);
}

static void set_up_signer(const char *host) {
    signer.host = host;
    signer.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    signer.digest = EVP_MD_CTX_new();
    signer.mac = EVP_MAC_CTX_new(EVP_MAC_fetch(NULL, "HMAC", NULL));
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", "SHA256", 0), OSSL_PARAM_construct_end()};
    if (!EVP_MAC_CTX_set_params(signer.mac, parameters)) fail("no HMAC");
}

static void tell_time(void) {
    time_t now = time(NULL);
    if (now == signer.second) return;
    char day[9];
    signer.second = now;
    strftime(signer.timestamp, sizeof signer.timestamp, "%Y%m%dT%H%M%SZ", gmtime(&now));
    snprintf(day, sizeof day, "%.8s", signer.timestamp);
    if (!strcmp(day, signer.day)) return;
    memcpy(signer.day, day, sizeof day);
    unsigned char key[32];
    authenticate((const unsigned char *)secret_key, sizeof secret_key - 1, day, key);
    authenticate(key, 32, "us-west-2", key);
    authenticate(key, 32, "ses", key);
    authenticate(key, 32, "aws4_request", key);
    // The MAC keeps its key from now on.
    if (!EVP_MAC_init(signer.mac, key, 32, NULL)) fail("no HMAC");
}

static struct curl_slist *signed_headers(const char *body, size_t length) {
    char payload[65], request[65], text[1024], line[512];
    unsigned char code[32];
    char signature[65];
    tell_time();
    hash(body, length, payload);
    int count = snprintf(text, sizeof text,
        "POST\n" PATH "\n\ncontent-type:application/json\nhost:%s\nx-amz-date:%s\n\n" SIGNED_HEADERS "\n%s", signer.host,
        signer.timestamp, payload);
    hash(text, count, request);
    snprintf(text, sizeof text, "AWS4-HMAC-SHA256\n%s\n%s/" SCOPE "\n%s", signer.timestamp, signer.day, request);
    authenticate(NULL, 0, text, code);
    hex(code, signature);

    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    snprintf(line, sizeof line, "X-Amz-Date: %s", signer.timestamp);
    curl_slist_append(headers, line);
    snprintf(line, sizeof line,
        "Authorization: AWS4-HMAC-SHA256 Credential=%s/%s/" SCOPE ", SignedHeaders=" SIGNED_HEADERS ", Signature=%s",
        access_key, signer.day, signature);
    curl_slist_append(headers, line);
    curl_slist_append(headers, "Accept:");
    return curl_slist_append(headers, "Expect:");
}

// Sending.

struct slot {
    CURL *easy;
    struct curl_slist *headers;
    char *body;
};

static CURLM *multi;
static int poll_set;
/// When libcurl wants to be called, in seconds; negative: never.
static double deadline = -1;
static char *pattern;
static size_t pattern_length, number_place;

static double now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static int socket_changed(CURL *easy, curl_socket_t descriptor, int what, void *context, void *is_known) {
    (void)easy, (void)context;
    if (what == CURL_POLL_REMOVE) return epoll_ctl(poll_set, EPOLL_CTL_DEL, descriptor, NULL), 0;
    struct epoll_event event = {
        .events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0), .data.fd = descriptor};
    epoll_ctl(poll_set, is_known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, descriptor, &event);
    if (!is_known) curl_multi_assign(multi, descriptor, &multi);
    return 0;
}

static int timer_changed(CURLM *handle, long milliseconds, void *context) {
    (void)handle, (void)context;
    deadline = milliseconds < 0 ? -1 : now(CLOCK_MONOTONIC) + milliseconds / 1e3;
    return 0;
}

static size_t pass_over(char *bytes, size_t size, size_t count, void *context) {
    (void)bytes, (void)context;
    return size * count;
}

static void begin(struct slot *slot, int number) {
    char digits[sizeof placeholder];
    snprintf(digits, sizeof digits, "%08d", number);
    memcpy(slot->body + number_place, digits, sizeof digits - 1);
    curl_slist_free_all(slot->headers);
    slot->headers = signed_headers(slot->body, pattern_length);
    curl_easy_setopt(slot->easy, CURLOPT_HTTPHEADER, slot->headers);
    curl_multi_add_handle(multi, slot->easy);
}

/// Counts those that have ended, and begins others in their place.
static void take_finished(int *begun, int *ended, int count) {
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(multi, &left))) {
        struct slot *slot;
        long status;
        if (message->data.result != CURLE_OK) fail(curl_easy_strerror(message->data.result));
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &slot);
        curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
        if (status != 200) fail("a request was refused");
        curl_multi_remove_handle(multi, slot->easy);
        ++*ended;
        if (*begun < count) begin(slot, (*begun)++);
    }
}

/// Sends `count` mails, as many at once as there are slots.
static void send_all(struct slot *slots, int count) {
    int begun = 0, ended = 0, running;
    for (; begun < IN_FLIGHT && begun < count; begun++) begin(&slots[begun], begun);
    while (ended < count) {
        double left = deadline - now(CLOCK_MONOTONIC);
        struct epoll_event events[IN_FLIGHT];
        int ready = epoll_wait(poll_set, events, IN_FLIGHT, deadline < 0 ? -1 : left <= 0 ? 0 : (int)(left * 1000) + 1);
        for (int i = 0; i < ready; i++) {
            int what = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                (events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
            curl_multi_socket_action(multi, events[i].data.fd, what, &running);
        }
        if (deadline >= 0 && deadline <= now(CLOCK_MONOTONIC)) {
            deadline = -1;
            curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
        }
        take_finished(&begun, &ended, count);
    }
}

static void read_pattern(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) fail("the body cannot be read");
    pattern = calloc(1, 1 << 20);
    pattern_length = fread(pattern, 1, (1 << 20) - 1, file);
    fclose(file);
    char *place = strstr(pattern, placeholder);
    if (!place) fail("the body has no place for the number");
    number_place = place - pattern;
}

int main(int count, char **arguments) {
    if (count < 4) fail("usage: send URL COUNT BODY-FILE [CA-BUNDLE]");
    int mails = atoi(arguments[2]);
    char url[512];
    snprintf(url, sizeof url, "%s" PATH, arguments[1]);
    read_pattern(arguments[3]);
    set_up_signer(strstr(arguments[1], "//") + 2);

    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi = curl_multi_init();
    poll_set = epoll_create1(EPOLL_CLOEXEC);
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket_changed);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer_changed);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)IN_FLIGHT);

    struct slot slots[IN_FLIGHT] = {0};
    for (int i = 0; i < IN_FLIGHT; i++) {
        slots[i].body = malloc(pattern_length);
        memcpy(slots[i].body, pattern, pattern_length);
        CURL *easy = slots[i].easy = curl_easy_init();
        curl_easy_setopt(easy, CURLOPT_PRIVATE, &slots[i]);
        curl_easy_setopt(easy, CURLOPT_URL, url);
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, pass_over);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, slots[i].body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)pattern_length);
        if (count > 4) curl_easy_setopt(easy, CURLOPT_CAINFO, arguments[4]);
    }

    // The first ones connect.
    send_all(slots, IN_FLIGHT);
    double started = now(CLOCK_MONOTONIC), used = now(CLOCK_PROCESS_CPUTIME_ID);
    send_all(slots, mails);
    printf("{\"mails\": %d, \"wall_seconds\": %f, \"process_seconds\": %f}\n", mails, now(CLOCK_MONOTONIC) - started,
        now(CLOCK_PROCESS_CPUTIME_ID) - used);
}
