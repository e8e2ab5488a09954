// A stand-in; see bluefruit.h beside it.
#pragma once
#include <stdint.h>

struct TwoWire {
    void setClock(uint32_t hz);
};
extern TwoWire Wire1;
