#pragma once
#include <gmime/gmime.h>

// GObject's casts and type checks are macros, which Swift does not see. Each of these answers NULL where the object is
// of another type, so that no unchecked cast is left to the caller; none takes or gives a reference.

static inline GMimeMultipart *cgmime_multipart(GMimeObject *object) {
    return GMIME_IS_MULTIPART(object) ? (GMimeMultipart *)object : NULL;
}

static inline GMimeMessagePart *cgmime_message_part(GMimeObject *object) {
    return GMIME_IS_MESSAGE_PART(object) ? (GMimeMessagePart *)object : NULL;
}

static inline GMimePart *cgmime_part(GMimeObject *object) {
    return GMIME_IS_PART(object) ? (GMimePart *)object : NULL;
}

/// A message as the object whose header fields it has.
static inline GMimeObject *cgmime_message_object(GMimeMessage *message) { return (GMimeObject *)message; }

/// What a stream over memory holds; it stays the stream's.
static inline GByteArray *cgmime_memory_bytes(GMimeStream *stream) {
    return GMIME_IS_STREAM_MEM(stream) ? g_mime_stream_mem_get_byte_array((GMimeStreamMem *)stream) : NULL;
}

/// Gives one reference back.
static inline void cgmime_release(gpointer object) { if (object) g_object_unref(object); }
