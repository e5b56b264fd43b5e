// A trivial Lambda function in the shape of awslabs/aws-lambda-cpp: one libcurl easy handle, reset before each
// request, connections kept alive; its options and headers are those of src/runtime.cpp. As there, every response's
// header fields are kept, their names in lower case, and looked up by name; what a field costs is less here: two copies
// instead of C++'s seven strings.

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct field {
    char *name;
    char *value;
};

struct response {
    char *body;
    size_t length, capacity;
    struct field fields[64];
    size_t count;
};

static void forget(struct response *response) {
    for (size_t index = 0; index < response->count; index++) {
        free(response->fields[index].name);
        free(response->fields[index].value);
    }
    response->count = 0;
    response->length = 0;
}

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

static size_t take_header(char *bytes, size_t size, size_t count, void *context) {
    struct response *response = context;
    size_t length = size * count;
    char *colon = memchr(bytes, ':', length);
    if (!colon || response->count == sizeof response->fields / sizeof *response->fields) return length;
    struct field *field = &response->fields[response->count++];
    field->name = strndup(bytes, colon - bytes);
    for (char *letter = field->name; *letter; letter++) *letter = tolower((unsigned char)*letter);
    const char *start = colon + 1, *end = bytes + length;
    while (start < end && isspace((unsigned char)*start)) start++;
    while (end > start && isspace((unsigned char)end[-1])) end--;
    field->value = strndup(start, end - start);
    return length;
}

static const char *value(const struct response *response, const char *name) {
    for (size_t index = 0; index < response->count; index++)
        if (!strcmp(response->fields[index].name, name)) return response->fields[index].value;
    return NULL;
}

/// A copy of a field's value, as a request holds it; empty where there is no such field.
static char *copied(const struct response *response, const char *name) {
    const char *text = value(response, name);
    return strdup(text ? text : "");
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
    forget(response);
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
        long status = 0;
        char *type = NULL;
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
        if (status < 200 || status > 299 || !value(&event, "lambda-runtime-aws-request-id")) return 1;
        char *request_id = copied(&event, "lambda-runtime-aws-request-id");
        char *trace_id = copied(&event, "lambda-runtime-trace-id");
        char *client = copied(&event, "lambda-runtime-client-context");
        char *identity = copied(&event, "lambda-runtime-cognito-identity");
        char *arn = copied(&event, "lambda-runtime-invoked-function-arn");
        char *deadline = copied(&event, "lambda-runtime-deadline-ms");
        if (!strtoul(deadline, NULL, 10)) return 1;
        char *payload = malloc(event.length + 1);
        memcpy(payload, event.body, event.length);
        setenv("_X_AMZN_TRACE_ID", trace_id, 1);

        set_defaults(curl, &answer);
        snprintf(result, sizeof result, "http://%s/2018-06-01/runtime/invocation/%s/response", authority,
            request_id);
        curl_easy_setopt(curl, CURLOPT_URL, result);
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        struct upload upload = {payload, event.length};
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
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        char *copies[] = {request_id, trace_id, client, identity, arn, deadline, payload};
        for (size_t index = 0; index < sizeof copies / sizeof *copies; index++) free(copies[index]);
    }
}
