#pragma once

/// `syncfs`, which the C library declares only to programs that ask for GNU's extensions.
static inline int clinux_syncfs(int descriptor) {
    extern int syncfs(int);
    return syncfs(descriptor);
}
