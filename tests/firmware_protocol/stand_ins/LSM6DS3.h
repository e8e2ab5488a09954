// A stand-in; see bluefruit.h beside it. Declarations as in Seeed Arduino LSM6DS3.
#pragma once
#include <stdint.h>

#define I2C_MODE 0
typedef enum { IMU_SUCCESS, IMU_HW_ERROR } status_t;

class LSM6DS3 {
  public:
    LSM6DS3(uint8_t busType = I2C_MODE, uint8_t inputArg = 0x6A);
    status_t begin(void);
    status_t writeRegister(uint8_t offset, uint8_t data);
    status_t readRegisterRegion(uint8_t *out, uint8_t offset, uint8_t length);
};
