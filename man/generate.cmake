# Puts the keyword reference into the manual page where it says so.
execute_process(COMMAND ${PROGRAM} reference OUTPUT_VARIABLE reference COMMAND_ERROR_IS_FATAL ANY)
string(STRIP "${reference}" reference)
file(READ ${INPUT} page)
string(REPLACE "@KEYWORD_REFERENCE@" "${reference}" page "${page}")
file(WRITE ${OUTPUT} "${page}")
