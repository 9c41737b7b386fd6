/* Packs its arguments with the best of the libraries that the system has, and unpacks them again: a library is opened when it is wanted. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef size_t (*compress_fn)(void *, size_t, const void *, size_t, int);
typedef size_t (*decompress_fn)(void *, size_t, const void *, size_t);

int main(int argc, char **argv) {
    char packed[4096], back[4096];
    void *zstd = dlopen("libzstd.so.1", RTLD_NOW);
    if (zstd == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    compress_fn compress = (compress_fn)dlsym(zstd, "ZSTD_compress");
    decompress_fn decompress = (decompress_fn)dlsym(zstd, "ZSTD_decompress");
    if (compress == NULL || decompress == NULL) {
        fprintf(stderr, "not the library that it is called\n");
        return 1;
    }
    for (int i = 1; i < argc; i++) {
        size_t length = strlen(argv[i]);
        if (length > sizeof back) {
            fprintf(stderr, "too long\n");
            return 2;
        }
        size_t size = compress(packed, sizeof packed, argv[i], length, 19);
        size_t whole = decompress(back, sizeof back, packed, size);
        printf("%zu bytes as %zu: %s\n", length, size, whole == length && memcmp(back, argv[i], length) == 0 ? "the same" : "broken");
    }
    return 0;
}
