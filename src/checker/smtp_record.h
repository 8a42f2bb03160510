// What was said in an SMTP dialogue (RFC 5321) that libcurl leads: which recipients the server refused and
// what it refused last, which a return code does not tell.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::checker {

struct Refusal {
    std::string recipient;  // empty: the mail as a whole
    int status = 0;         // 400..599
    std::string words;      // the server's, bounded, without control characters
    bool is_final() const { return status >= 500; }
};

struct MailAnswer {
    bool accepted = false;            // for every recipient that is not named below
    std::optional<Refusal> refusal;   // of the whole, when it was not accepted
    std::vector<Refusal> recipients;  // those it refused one by one
};

class SmtpRecord {
public:
    static constexpr std::size_t longest_words = 300;

    explicit SmtpRecord(std::vector<std::string> recipients) : recipients_{std::move(recipients)} {}
    void sent(std::string_view command);
    void heard(std::string_view line);
    // accepted: libcurl says so. Nothing: the server gave no answer that decides.
    std::optional<MailAnswer> answer(bool accepted) const;

private:
    std::vector<std::string> recipients_;
    std::size_t asked_ = 0;  // RCPT commands so far
    bool about_recipient_ = false;
    bool awaits_reply_ = true;  // the greeting
    std::string words_;
    std::optional<Refusal> last_;
    std::vector<Refusal> refused_;
};

}  // namespace holdfast::checker
