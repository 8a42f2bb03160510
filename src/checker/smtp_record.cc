#include "checker/smtp_record.h"

#include <algorithm>

namespace holdfast::checker {

namespace {

// "250-words" or "250 words"; nothing: it is no reply.
std::optional<int> status_of(std::string_view line) {
    if (line.size() < 3) return std::nullopt;
    int status = 0;
    for (const char digit : line.substr(0, 3)) {
        if (digit < '0' || digit > '9') return std::nullopt;
        status = status * 10 + (digit - '0');
    }
    return status;
}

void append_words(std::string& words, std::string_view text) {
    while (!text.empty() && (text.back() == '\r' || text.back() == '\n'))
        text.remove_suffix(1);
    if (!words.empty() && words.size() < SmtpRecord::longest_words) words += ' ';
    for (const char character : text) {
        if (words.size() >= SmtpRecord::longest_words) return;
        const auto byte = static_cast<unsigned char>(character);
        words += byte < 0x20 || byte == 0x7f ? ' ' : character;
    }
}

}  // namespace

void SmtpRecord::sent(std::string_view command) {
    if (command.starts_with("QUIT")) return;  // says nothing of the mail
    about_recipient_ = command.starts_with("RCPT ");
    if (about_recipient_) ++asked_;
    awaits_reply_ = true;
    words_.clear();
    last_.reset();
}

void SmtpRecord::heard(std::string_view line) {
    if (!awaits_reply_) return;
    const auto status = status_of(line);
    if (!status) return;
    append_words(words_, line);
    if (line.size() > 3 && line[3] == '-') return;  // more of it follows
    awaits_reply_ = false;
    if (*status >= 400 && *status < 600) {
        Refusal refusal{.recipient = {}, .status = *status, .words = words_};
        last_ = refusal;
        if (about_recipient_ && asked_ <= recipients_.size()) {
            refusal.recipient = recipients_[asked_ - 1];
            refused_.push_back(std::move(refusal));
        }
    }
    // What follows the text of the mail answers no command.
    if (*status == 354) {
        awaits_reply_ = true;
        about_recipient_ = false;
    }
    words_.clear();
}

std::optional<MailAnswer> SmtpRecord::answer(bool accepted) const {
    if (accepted) return MailAnswer{.accepted = true, .refusal = {}, .recipients = refused_};
    const bool nobody_left = !recipients_.empty() && refused_.size() == recipients_.size();
    if (nobody_left) return MailAnswer{.accepted = false, .refusal = {}, .recipients = refused_};
    if (awaits_reply_ || !last_ || about_recipient_) return std::nullopt;
    return MailAnswer{.accepted = false, .refusal = last_, .recipients = {}};
}

}  // namespace holdfast::checker
