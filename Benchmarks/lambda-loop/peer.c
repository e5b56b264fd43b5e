// A trivial Lambda function in the shape of awslabs/aws-lambda-cpp: one libcurl easy handle, reset before each
// request, connections kept alive; its options and headers are those of src/runtime.cpp.

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct response {
    char *body;
    size_t length, capacity;
    char request_id[128];
    char trace_id[512];
    char deadline[64];
    char arn[256];
};

static size_t take_body(char *bytes, size_t size, size_t count, void *context) {
    struct response *response = context;
    size_t length = size * count;
    if (response->length + length > response->capacity) {
        response->capacity = 2 * (response->length + length);
        response->body = realloc(response->body, response->capacity);
        if (!response->body) abort();
    }
    memcpy(response->body + response->length, bytes, length);
    response->length += length;
    return length;
}

static void take_value(const char *line, size_t length, const char *name, char *value, size_t capacity) {
    size_t prefix = strlen(name);
    if (length <= prefix || strncasecmp(line, name, prefix)) return;
    line += prefix;
    length -= prefix;
    while (length && *line == ' ') line++, length--;
    while (length && (line[length - 1] == '\r' || line[length - 1] == '\n')) length--;
    snprintf(value, capacity, "%.*s", (int)length, line);
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context) {
    struct response *response = context;
    size_t length = size * count;
    take_value(bytes, length, "lambda-runtime-aws-request-id:", response->request_id, sizeof response->request_id);
    take_value(bytes, length, "lambda-runtime-trace-id:", response->trace_id, sizeof response->trace_id);
    take_value(bytes, length, "lambda-runtime-deadline-ms:", response->deadline, sizeof response->deadline);
    take_value(bytes, length, "lambda-runtime-invoked-function-arn:", response->arn, sizeof response->arn);
    return length;
}

struct upload {
    const char *bytes;
    size_t left;
};

static size_t supply_body(char *buffer, size_t size, size_t count, void *context) {
    struct upload *upload = context;
    size_t length = size * count < upload->left ? size * count : upload->left;
    memcpy(buffer, upload->bytes, length);
    upload->bytes += length;
    upload->left -= length;
    return length;
}

static void set_defaults(CURL *curl, struct response *response) {
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 0L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, response);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, response);
    response->length = 0;
}

int main(void) {
    const char *authority = getenv("AWS_LAMBDA_RUNTIME_API");
    if (!authority) return 2;
    curl_global_init(CURL_GLOBAL_ALL);
    CURL *curl = curl_easy_init();
    struct response event = {0}, answer = {0};
    char next[256], result[512], text[64];
    snprintf(next, sizeof next, "http://%s/2018-06-01/runtime/invocation/next", authority);
    for (;;) {
        set_defaults(curl, &event);
        curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
        curl_easy_setopt(curl, CURLOPT_URL, next);
        struct curl_slist *headers = curl_slist_append(NULL, "User-Agent: AWS_Lambda_Cpp/0.2.10");
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        if (curl_easy_perform(curl) != CURLE_OK) return 1;
        curl_slist_free_all(headers);
        setenv("_X_AMZN_TRACE_ID", event.trace_id, 1);

        set_defaults(curl, &answer);
        snprintf(result, sizeof result, "http://%s/2018-06-01/runtime/invocation/%s/response", authority,
            event.request_id);
        curl_easy_setopt(curl, CURLOPT_URL, result);
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        struct upload upload = {event.body, event.length};
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, supply_body);
        curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
        headers = curl_slist_append(NULL, "Content-Type: application/json");
        headers = curl_slist_append(headers, "Expect:");
        headers = curl_slist_append(headers, "transfer-encoding:");
        headers = curl_slist_append(headers, "User-Agent: AWS_Lambda_Cpp/0.2.10");
        snprintf(text, sizeof text, "Content-Length: %zu", event.length);
        headers = curl_slist_append(headers, text);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        if (curl_easy_perform(curl) != CURLE_OK) return 1;
        curl_slist_free_all(headers);
    }
}
