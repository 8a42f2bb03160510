#include "status/json.h"

#include <gtest/gtest.h>

namespace holdfast::status {
namespace {

TEST(JsonWriter, SeparatesAndNests) {
    JsonWriter json;
    json.begin_object();
    json.number("a", -1);
    json.begin_list("b");
    json.text({}, "x");
    json.flag({}, true);
    json.begin_object();
    json.end_object();
    json.end_list();
    json.nothing("c");
    json.count("d", 18446744073709551615U);
    json.end_object();
    EXPECT_EQ(json.take(),
              "{\"a\": -1, \"b\": [\"x\", true, {}], \"c\": null, \"d\": 18446744073709551615}\n");
}

TEST(JsonWriter, EscapesWhatMustBe) {
    JsonWriter json;
    json.text({}, "a\"b\\c\n\x01");
    EXPECT_EQ(json.take(), "\"a\\\"b\\\\c\\n\\u0001\"\n");
}

TEST(JsonWriter, IsADocumentWhateverBytesATextHas) {
    JsonWriter json;
    json.text({}, "a\xff\xc3");
    EXPECT_EQ(json.take(), "\"a\xef\xbf\xbd\xef\xbf\xbd\"\n");
}

TEST(JsonWriter, WritesSecondsWithThreeDigits) {
    JsonWriter json;
    json.begin_list();
    for (const std::int64_t milliseconds : {0L, 7L, 1234567L, -1500L})
        json.seconds({}, milliseconds);
    json.end_list();
    EXPECT_EQ(json.take(), "[0.000, 0.007, 1234.567, -1.500]\n");
}

}  // namespace
}  // namespace holdfast::status
