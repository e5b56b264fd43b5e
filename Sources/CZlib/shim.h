#pragma once
#include <zlib.h>

/// `inflateInit2`, a macro, for the gzip wrapper (RFC 1952) alone: neither zlib's wrapper nor raw deflate.
static inline int czlib_inflate_init_gzip(z_streamp stream) {
    return inflateInit2(stream, 16 + MAX_WBITS);
}
