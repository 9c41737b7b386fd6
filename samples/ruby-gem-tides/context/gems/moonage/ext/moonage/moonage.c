#include <math.h>
#include <ruby.h>

/* Days since the new moon, from days since 2000-01-06. */
static VALUE age(VALUE self, VALUE days)
{
    const double month = 29.530588853;
    double rest = fmod(NUM2DBL(days), month);
    return DBL2NUM(rest < 0 ? rest + month : rest);
}

void Init_moonage(void)
{
    rb_define_module_function(rb_define_module("Moonage"), "age", age, 1);
}
