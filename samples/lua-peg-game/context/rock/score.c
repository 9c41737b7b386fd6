#include <lauxlib.h>
#include <lua.h>

/* score(code, guess): how many pegs are right, and how many are of the code but elsewhere */
static int score(lua_State *L)
{
    size_t length, other;
    const char *code = luaL_checklstring(L, 1, &length);
    const char *guess = luaL_checklstring(L, 2, &other);
    int in_code[256] = {0}, in_guess[256] = {0};
    int right = 0, common = 0;

    luaL_argcheck(L, length == other, 2, "a guess is as long as the code");
    for (size_t i = 0; i < length; i++) {
        right += code[i] == guess[i];
        in_code[(unsigned char)code[i]]++;
        in_guess[(unsigned char)guess[i]]++;
    }
    for (int colour = 0; colour < 256; colour++)
        common += in_code[colour] < in_guess[colour] ? in_code[colour] : in_guess[colour];
    lua_pushinteger(L, right);
    lua_pushinteger(L, common - right);
    return 2;
}

int luaopen_pegs_score(lua_State *L)
{
    lua_pushcfunction(L, score);
    return 1;
}
