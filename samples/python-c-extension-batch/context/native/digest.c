#include "digest.h"

#include <zlib.h>

unsigned long digest(const double *values, size_t count)
{
    return crc32(crc32(0L, Z_NULL, 0), (const Bytef *)values, (uInt)(count * sizeof *values));
}
