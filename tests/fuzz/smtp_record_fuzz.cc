// Lines as what an SMTP relay says, between commands of ours: whatever they are, an answer that names only
// recipients there are, or none.
//
// Input: lines that end in \n; one that begins with > is a command, any other one is the relay's.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "checker/smtp_record.h"

namespace {

using namespace holdfast::checker;

void check(const Refusal& refusal) {
    HF_ASSERT(refusal.status >= 400 && refusal.status < 600);
    HF_ASSERT(refusal.words.size() <= SmtpRecord::longest_words);
    for (const char character : refusal.words)
        HF_ASSERT(static_cast<unsigned char>(character) >= 0x20 && character != 0x7f);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    SmtpRecord record{{"a@x", "b@x"}};
    std::string_view rest{reinterpret_cast<const char*>(bytes), size};
    while (!rest.empty()) {
        const std::size_t length = std::min(rest.find('\n'), rest.size() - 1) + 1;
        const std::string_view line = rest.substr(0, length);
        rest.remove_prefix(length);
        if (line.front() == '>')
            record.sent(line.substr(1));
        else
            record.heard(line);
    }
    for (const bool accepted : {false, true}) {
        const auto answer = record.answer(accepted);
        if (!answer) continue;
        HF_ASSERT(answer->accepted == accepted);
        for (const Refusal& refused : answer->recipients)
            HF_ASSERT(refused.recipient == "a@x" || refused.recipient == "b@x");
        std::for_each(answer->recipients.begin(), answer->recipients.end(), check);
        if (answer->refusal) check(*answer->refusal);
    }
    return 0;
}
