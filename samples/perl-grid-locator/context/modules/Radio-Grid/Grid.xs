#define PERL_NO_GET_CONTEXT
#include "EXTERN.h"
#include "perl.h"
#include "XSUB.h"

#include <math.h>

static double radians(double degrees)
{
    return degrees * 3.14159265358979323846 / 180.0;
}

MODULE = Radio::Grid    PACKAGE = Radio::Grid

SV *
grid_of(double lat, double lon)
  CODE:
    double north = lat + 90.0, east = (lon + 180.0) / 2.0;
    char text[7];
    text[0] = 'A' + (int)(east / 10);
    text[1] = 'A' + (int)(north / 10);
    text[2] = '0' + (int)fmod(east, 10);
    text[3] = '0' + (int)fmod(north, 10);
    text[4] = 'a' + (int)(fmod(east, 1) * 24);
    text[5] = 'a' + (int)(fmod(north, 1) * 24);
    text[6] = '\0';
    RETVAL = newSVpvn(text, 6);
  OUTPUT:
    RETVAL

double
distance(double lat1, double lon1, double lat2, double lon2)
  CODE:
    double a = pow(sin(radians(lat2 - lat1) / 2), 2)
        + cos(radians(lat1)) * cos(radians(lat2)) * pow(sin(radians(lon2 - lon1) / 2), 2);
    RETVAL = 6371.0 * 2 * atan2(sqrt(a), sqrt(1 - a));
  OUTPUT:
    RETVAL
