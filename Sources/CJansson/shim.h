#pragma once
#include <jansson.h>

/// `json_typeof`, a macro.
static inline json_type cjansson_typeof(const json_t *value) { return value->type; }

/// The text of an error, which Swift would see as a tuple of 160 characters.
static inline const char *cjansson_error_text(const json_error_t *error) { return error->text; }
