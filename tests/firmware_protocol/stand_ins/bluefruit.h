// Stand-ins of what the reference firmware uses of Arduino, of Bluefruit52Lib and of Nordic's SoftDevice: enough for a
// compiler to look for wrong names and types of our own. Written by us after their public headers; that they are like
// those of the core on a board is not shown by this.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOW, HIGH, OUTPUT, RISING, AR_INTERNAL_3_0, LED_BLUE, PIN_VBAT = 32, PIN_LSM6DS3TR_C_INT1 = 18 };
void pinMode(uint32_t pin, uint32_t mode);
void digitalWrite(uint32_t pin, uint32_t value);
uint32_t analogRead(uint32_t pin);
void analogReference(uint32_t reference);
void analogReadResolution(int bits);
int digitalPinToInterrupt(int pin);
int attachInterrupt(uint32_t pin, void (*callback)(void), uint32_t mode);
void delay(uint32_t ms);

struct NRF_TIMER_Type {
    volatile uint32_t TASKS_START, TASKS_CAPTURE[6], CC[6], BITMODE, PRESCALER;
};
struct NRF_FICR_Type {
    volatile uint32_t DEVICEID[2];
};
extern NRF_TIMER_Type *NRF_TIMER3;
extern NRF_FICR_Type *NRF_FICR;

#define NRF_SUCCESS 0
#define BLE_CONN_HANDLE_INVALID 0xFFFF
#define BLE_GATT_STATUS_SUCCESS 0x0000
enum { BLE_GATT_HVX_NOTIFICATION = 1, BLE_GATT_HVX_INDICATION = 2, BLE_GATTS_AUTHORIZE_TYPE_WRITE = 2 };
enum { BLE_GAP_ADV_FLAGS_LE_ONLY_GENERAL_DISC_MODE = 6, BANDWIDTH_MAX = 4 };
struct ble_gatts_evt_write_t {
    uint16_t offset, len;
    uint8_t data[1];
};
struct ble_gatts_authorize_params_t {
    uint16_t gatt_status;
    uint8_t update : 1;
    uint16_t offset, len;
    uint8_t const *p_data;
};
struct ble_gatts_rw_authorize_reply_params_t {
    uint8_t type;
    union {
        ble_gatts_authorize_params_t read, write;
    } params;
};
struct ble_gatts_hvx_params_t {
    uint16_t handle;
    uint8_t type;
    uint16_t offset;
    uint16_t *p_len;
    uint8_t const *p_data;
};
struct ble_gatts_char_handles_t {
    uint16_t value_handle, user_desc_handle, cccd_handle, sccd_handle;
};
uint32_t sd_ble_gatts_rw_authorize_reply(uint16_t handle, ble_gatts_rw_authorize_reply_params_t const *reply);
uint32_t sd_ble_gatts_hvx(uint16_t handle, ble_gatts_hvx_params_t const *packet);
uint32_t sd_rand_application_vector_get(uint8_t *out, uint8_t length);
uint32_t sd_clock_hfclk_request(void);

enum SecureMode_t { SECMODE_NO_ACCESS = 0x00, SECMODE_OPEN = 0x11 };
enum CharsProperties {
    CHR_PROPS_READ = 0x02,
    CHR_PROPS_WRITE = 0x08,
    CHR_PROPS_NOTIFY = 0x10,
    CHR_PROPS_INDICATE = 0x20
};

struct BLEUuid {
    BLEUuid(uint16_t uuid16);
    BLEUuid(uint8_t const uuid128[16]);
};
struct BLEService {
    void setUuid(BLEUuid uuid);
    uint32_t begin(void);
};
struct BLECharacteristic {
    typedef void (*write_authorize_cb_t)(uint16_t, BLECharacteristic *, ble_gatts_evt_write_t *);
    void setUuid(BLEUuid uuid);
    void setProperties(uint8_t properties);
    void setPermission(SecureMode_t read, SecureMode_t write);
    void setMaxLen(uint16_t length);
    void setWriteAuthorizeCallback(write_authorize_cb_t callback, bool useAdaCallback = true);
    uint32_t begin(void);
    ble_gatts_char_handles_t handles(void);
    uint16_t write(const void *data, uint16_t length);
    bool indicateEnabled(uint16_t handle);
};
struct BLEDis : BLEService {
    void setModel(const char *model);
    void setSerialNum(const char *serial);
    void setFirmwareRev(const char *revision);
};
struct BLEBas : BLEService {
    bool write(uint8_t level);
    bool notify(uint8_t level);
};
struct BLEConnection {
    uint16_t getMtu(void);
    bool requestDataLengthUpdate(void const *params = NULL, void *limitation = NULL);
    bool requestConnectionParameter(uint16_t interval, uint16_t latency, uint16_t timeout);
};
struct BLEAdvertisingData {
    bool addFlags(uint8_t flags);
    bool addName(void);
    bool addService(BLEService &service);
};
struct BLEAdvertising : BLEAdvertisingData {
    void restartOnDisconnect(bool enable);
    void setInterval(uint16_t fast, uint16_t slow);
    void setFastTimeout(uint16_t seconds);
    bool start(uint16_t timeout);
};
struct BLEPeriph {
    bool setConnIntervalMS(uint16_t least, uint16_t most);
};
struct AdafruitBluefruit {
    BLEAdvertising Advertising;
    BLEAdvertisingData ScanResponse;
    BLEPeriph Periph;
    void configPrphBandwidth(uint8_t bandwidth);
    void configServiceChanged(bool changed);
    bool begin(uint8_t peripherals = 1, uint8_t centrals = 0);
    void setName(const char *name);
    uint8_t connected(void);
    uint16_t connHandle(void);
    BLEConnection *Connection(uint16_t handle);
};
extern AdafruitBluefruit Bluefruit;
