// Kickback's wire format on a Seeed XIAO nRF52840 Sense (chip: LSM6DS3TR-C), around the C side in ../../c.
//
// NOT CHECKED: this was never compiled with the board's core and never run on a board; nobody of the project has one.
// Checked in the tests: that it compiles against stand-ins of the libraries' headers, written from their sources.
// To be looked at first on a real board: the directions of the axes, the battery's scale, the pins' names.
// Missing: Database Hash (the SoftDevice of this core has none; Service Changed is on), pairing, the chip's FIFO.
//
// Core "Seeed nRF52 Boards" 1.1.8 or later (its Bluefruit52Lib, SoftDevice S140), library "Seeed Arduino LSM6DS3" 2.0.5
// or later. Arduino compiles what lies beside the sketch: copy ../../c/kb_*.c and kb_*.h here.

#include <LSM6DS3.h>
#include <Wire.h>
#include <bluefruit.h>

#include "kb_sensor.h"

#ifndef VBAT_ENABLE
#define VBAT_ENABLE 14  // P0.14: low connects the battery's divider. Never high while a battery is there: P0.31 suffers.
#endif

static const uint32_t RING_SAMPLES = 6240;          // 30 s at 208 Hz, 75 kB
static const uint64_t ALONE_US = 600ULL * 1000000;  // without a connection for so long: stop sampling
static const uint64_t BATTERY_EVERY_US = 60ULL * 1000000;

static LSM6DS3 chip(I2C_MODE, 0x6A);
static struct kb_sample ring[RING_SAMPLES];
static struct kb_sensor sensor;
static uint8_t uuids[5][16];  // the library keeps pointers to them
static BLEService service;
static BLECharacteristic data_chr, backfill_chr, control_chr, info_chr;
static BLEDis device_information;
static BLEBas battery;
static uint16_t connection = BLE_CONN_HANDLE_INVALID;
static uint64_t linked_us, battery_us, identify_until_us;

// --- clock: TIMER3 at 1 MHz, one capture register for each that asks ------------------------------------------------

enum { BY_LOOP = 0, BY_CHIP = 1, BY_RADIO = 2 };

static uint32_t clock_us(int who) {
    NRF_TIMER3->TASKS_CAPTURE[who] = 1;
    return NRF_TIMER3->CC[who];
}

static uint64_t now_us() {  // from the loop only, which comes by more often than each 71 minutes
    static uint64_t wide = 0;
    wide += (uint32_t)(clock_us(BY_LOOP) - (uint32_t)wide);
    return wide;
}

static void begin_clock() {
    sd_clock_hfclk_request();  // the crystal: without it the timer is a percent off
    NRF_TIMER3->BITMODE = 3;   // 32 bits
    NRF_TIMER3->PRESCALER = 4; // 16 MHz / 2^4
    NRF_TIMER3->TASKS_START = 1;
}

// --- chip: registers as in the LSM6DS3TR-C's data sheet -------------------------------------------------------------

struct choice { uint16_t value; uint8_t code; uint32_t lsb; };  // lsb: table 3, in 1e-9 m/s^2 and 1e-9 rad/s
static const choice RATES[] = {{26, 0x20, 0}, {52, 0x30, 0}, {104, 0x40, 0}, {208, 0x50, 0}};
static const choice ACC[] = {{2, 0x00, 598206}, {4, 0x08, 1196411}, {8, 0x0C, 2392823}, {16, 0x04, 4785645}};
static const choice GYR[] = {{125, 0x02, 76358}, {250, 0x00, 152716}, {500, 0x04, 305433}, {1000, 0x08, 610865},
                             {2000, 0x0C, 1221730}};
static volatile uint32_t ready_us, ready_count;
static uint32_t read_count;
static int acc_control = -1, gyr_control = -1;  // what the chip was told, -1: it is off

static void on_ready() {  // the rising edge of the chip's data-ready pulse
    ready_us = clock_us(BY_CHIP);
    ready_count = ready_count + 1;
}

template <size_t n> static const choice &range_for(const choice (&all)[n], uint16_t asked) {
    for (const choice &one : all) if (one.value >= asked) return one;
    return all[n - 1];
}

static const choice &rate_for(uint16_t asked) {
    const choice *best = &RATES[0];
    for (const choice &one : RATES) if (abs(one.value - asked) < abs(best->value - asked)) best = &one;
    return *best;
}

static bool chip_start(void *, struct kb_info *info) {
    const choice &rate = rate_for(info->rate_hz);
    const choice &acc = range_for(ACC, info->acc_range_g), &gyr = range_for(GYR, info->gyr_range_dps);
    info->rate_hz = rate.value;
    info->acc_range_g = acc.value;
    info->gyr_range_dps = gyr.value;
    info->acc_lsb_nmps2 = acc.lsb;
    info->gyr_lsb_nradps = gyr.lsb;
    if (acc_control == (rate.code | acc.code) && gyr_control == (rate.code | gyr.code)) return true;
    acc_control = rate.code | acc.code;
    gyr_control = rate.code | gyr.code;
    const uint8_t writes[][2] = {{0x12, 0x44}, {0x0B, 0x80}, {0x0D, 0x02},  // whole samples, pulses, gyroscope's on INT1
                                 {0x10, (uint8_t)acc_control}, {0x11, (uint8_t)gyr_control}};
    for (const uint8_t *write : writes) {
        if (chip.writeRegister(write[0], write[1]) != IMU_SUCCESS) {
            acc_control = gyr_control = -1;
            return false;
        }
    }
    read_count = ready_count;
    return true;
}

static void chip_stop(void *) {
    chip.writeRegister(0x10, 0);
    chip.writeRegister(0x11, 0);
    acc_control = gyr_control = -1;
}

static void read_chip() {
    uint32_t count, t_us;
    do {  // the interrupt may come between the two
        count = ready_count;
        t_us = ready_us;
    } while (count != ready_count);
    const uint32_t fresh = count - read_count;
    if (fresh == 0 || acc_control < 0) return;
    read_count = count;
    if (fresh > 1) kb_sensor_lost(&sensor, fresh - 1);
    uint8_t raw[12];  // gx gy gz ax ay az from register 0x22 on
    const bool good = chip.readRegisterRegion(raw, 0x22, sizeof raw) == IMU_SUCCESS;
    if (!good || count != ready_count) {  // a next sample came while this one was read: it may be half of each
        kb_sensor_lost(&sensor, 1);
        return;
    }
    struct kb_sample sample;
    for (int axis = 0; axis < 3; axis++) {
        sample.gyr[axis] = (int16_t)(raw[2 * axis] | raw[2 * axis + 1] << 8);
        sample.acc[axis] = (int16_t)(raw[6 + 2 * axis] | raw[7 + 2 * axis] << 8);
    }
    kb_sensor_add(&sensor, &sample, t_us);
}

// --- radio: its callbacks run in another task, so a request is only put down here; the loop carries it out ----------

static struct { uint8_t bytes[KB_ANSWER_BYTES_MAX]; uint16_t size; uint32_t t_us; volatile bool full; } inbox;

static void on_write(uint16_t handle, BLECharacteristic *chr, ble_gatts_evt_write_t *request) {
    const uint32_t t_us = clock_us(BY_RADIO);
    uint16_t error = 0;
    if (!chr->indicateEnabled(handle)) error = KB_ATT_INDICATIONS_OFF;
    else if (inbox.full || sensor.answering) error = KB_ATT_BUSY;
    ble_gatts_rw_authorize_reply_params_t reply = {};
    reply.type = BLE_GATTS_AUTHORIZE_TYPE_WRITE;
    reply.params.write.gatt_status = error ? 0x0100 | error : BLE_GATT_STATUS_SUCCESS;
    reply.params.write.update = 1;
    reply.params.write.offset = request->offset;
    reply.params.write.len = request->len;
    reply.params.write.p_data = request->data;
    sd_ble_gatts_rw_authorize_reply(handle, &reply);
    if (error) return;
    inbox.size = request->len < sizeof inbox.bytes ? request->len : sizeof inbox.bytes;
    memcpy(inbox.bytes, request->data, inbox.size);
    inbox.t_us = t_us;
    inbox.full = true;
}

static bool send(enum kb_channel channel, const uint8_t *bytes, uint16_t size) {
    BLECharacteristic &chr = channel == KB_TO_DATA ? data_chr : channel == KB_TO_BACKFILL ? backfill_chr : control_chr;
    ble_gatts_hvx_params_t packet = {};
    packet.handle = chr.handles().value_handle;
    packet.type = channel == KB_TO_CONTROL ? BLE_GATT_HVX_INDICATION : BLE_GATT_HVX_NOTIFICATION;
    packet.p_len = &size;
    packet.p_data = bytes;
    return sd_ble_gatts_hvx(connection, &packet) == NRF_SUCCESS;  // the library's own notify() may wait; this does not
}

static void publish_info() {
    uint8_t bytes[KB_INFO_BYTES];
    const int size = kb_encode_info(bytes, sizeof bytes, &sensor.info);
    if (size > 0) info_chr.write(bytes, (uint16_t)size);
}

static void follow_link(uint64_t now) {
    const uint16_t handle = Bluefruit.connected() ? Bluefruit.connHandle() : BLE_CONN_HANDLE_INVALID;
    BLEConnection *link = handle == BLE_CONN_HANDLE_INVALID ? NULL : Bluefruit.Connection(handle);
    if (handle != connection) {
        connection = handle;
        inbox.full = false;
        kb_sensor_connected(&sensor);  // for the loss of a link this does what is needed, too
        if (link) {
            link->requestDataLengthUpdate();
            link->requestConnectionParameter(12, 0, 400);  // 12 * 1.25 ms, 400 * 10 ms
        }
    }
    if (link) {
        linked_us = now;
        kb_sensor_mtu(&sensor, link->getMtu());
    } else if (now - linked_us > ALONE_US && sensor.sampling) {
        kb_sensor_stop(&sensor);
    }
}

static void begin_characteristic(BLECharacteristic &chr, enum kb_attribute which, uint8_t properties, uint16_t size) {
    chr.setUuid(BLEUuid(uuids[which]));
    chr.setProperties(properties);
    chr.setPermission(SECMODE_OPEN, properties & CHR_PROPS_WRITE ? SECMODE_OPEN : SECMODE_NO_ACCESS);
    chr.setMaxLen(size);
    chr.begin();
}

static void begin_radio() {
    static char name[16], serial[20];
    snprintf(serial, sizeof serial, "%08lX%08lX", (unsigned long)NRF_FICR->DEVICEID[1],
             (unsigned long)NRF_FICR->DEVICEID[0]);
    snprintf(name, sizeof name, "Kickback %s", serial + 12);
    Bluefruit.configPrphBandwidth(BANDWIDTH_MAX);  // MTU 247
    Bluefruit.configServiceChanged(true);
    Bluefruit.begin();
    Bluefruit.setName(name);
    Bluefruit.Periph.setConnIntervalMS(15, 30);

    device_information.setModel("XIAO nRF52840 Sense");
    device_information.setSerialNum(serial);
    device_information.setFirmwareRev("kickback 1.0");
    device_information.begin();
    battery.begin();
    service.setUuid(BLEUuid(uuids[KB_UUID_SERVICE]));
    service.begin();
    control_chr.setWriteAuthorizeCallback(on_write, false);
    begin_characteristic(data_chr, KB_UUID_DATA, CHR_PROPS_NOTIFY, 244);
    begin_characteristic(backfill_chr, KB_UUID_BACKFILL, CHR_PROPS_NOTIFY, 244);
    begin_characteristic(control_chr, KB_UUID_CONTROL, CHR_PROPS_WRITE | CHR_PROPS_INDICATE, KB_ANSWER_BYTES_MAX);
    begin_characteristic(info_chr, KB_UUID_INFO, CHR_PROPS_READ, KB_INFO_BYTES);

    Bluefruit.Advertising.addFlags(BLE_GAP_ADV_FLAGS_LE_ONLY_GENERAL_DISC_MODE);
    Bluefruit.Advertising.addService(service);
    Bluefruit.ScanResponse.addName();
    Bluefruit.Advertising.restartOnDisconnect(true);
    Bluefruit.Advertising.setInterval(160, 1636);  // 100 ms, then 1022.5 ms, in 0.625 ms
    Bluefruit.Advertising.setFastTimeout(30);
    Bluefruit.Advertising.start(0);
}

// --- what is left: battery and light --------------------------------------------------------------------------------

static void tell_battery() {
    const uint32_t millivolts = (uint32_t)analogRead(PIN_VBAT) * 2169 / 1000;  // 3.0 V / 4096, divider 510k : 1510k
    const int32_t percent = ((int32_t)millivolts - 3300) * 100 / (4150 - 3300);  // a straight line: rough
    const uint8_t level = (uint8_t)(percent < 0 ? 0 : percent > 100 ? 100 : percent);
    battery.write(level);
    if (connection != BLE_CONN_HANDLE_INVALID) battery.notify(level);
}

static void identify(void *, uint8_t seconds) {
    identify_until_us = now_us() + seconds * 1000000ULL;
}

void setup() {
    for (int which = 0; which < 5; which++) kb_uuid(uuids[which], (enum kb_attribute)which);
    pinMode(LED_BLUE, OUTPUT);
    pinMode(VBAT_ENABLE, OUTPUT);
    digitalWrite(VBAT_ENABLE, LOW);
    analogReference(AR_INTERNAL_3_0);
    analogReadResolution(12);

    begin_radio();
    begin_clock();
    const bool there = chip.begin() == IMU_SUCCESS;  // powers it, too
    Wire1.setClock(400000);
    chip_stop(NULL);
    attachInterrupt(digitalPinToInterrupt(PIN_LSM6DS3TR_C_INT1), on_ready, RISING);

    struct kb_info info = {};
    info.rate_hz = 104;
    info.acc_range_g = 16;
    info.gyr_range_dps = 2000;
    info.acc_lsb_nmps2 = ACC[3].lsb;
    info.gyr_lsb_nradps = GYR[4].lsb;
    while (sd_rand_application_vector_get((uint8_t *)&info.boot, sizeof info.boot) != NRF_SUCCESS) delay(1);
    const struct kb_board board = {there ? chip_start : NULL, chip_stop, identify, NULL};
    kb_sensor_init(&sensor, &info, &board, ring, RING_SAMPLES);
    publish_info();
    tell_battery();
}

void loop() {
    const uint64_t now = now_us();
    follow_link(now);
    read_chip();
    if (inbox.full) {
        const uint64_t received_us = now_us() - (uint32_t)(clock_us(BY_LOOP) - inbox.t_us);
        kb_sensor_write(&sensor, inbox.bytes, inbox.size, true, received_us);
        publish_info();
        inbox.full = false;
    }
    static uint8_t packet[244];
    enum kb_channel channel;
    int size;
    while (connection != BLE_CONN_HANDLE_INVALID &&
           (size = kb_sensor_next(&sensor, now_us(), packet, sizeof packet, &channel)) > 0) {
        if (!send(channel, packet, (uint16_t)size)) break;  // the radio's queue is full: in the next turn
        kb_sensor_sent(&sensor);
    }
    digitalWrite(LED_BLUE, now < identify_until_us ? LOW : HIGH);
    if (now - battery_us > BATTERY_EVERY_US) {
        battery_us = now;
        tell_battery();
    }
    delay(1);  // sleep; a sample is taken each 4.8 ms at most
}
