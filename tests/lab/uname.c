/* Preloaded while recording: miniupnpd and GSSDP send the kernel's release in SERVER and
   USER-AGENT, and a recording should not name the machine it was made on. */
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

int uname(struct utsname *name)
{
    long status = syscall(SYS_uname, name);
    if (status == 0)
        strcpy(name->release, "6.1.0-lab");
    return (int)status;
}
